import type { ChartColour } from './chartKinds.ts';

/** What charts are drawn with: a canvas knows neither variables nor forced colours. */
export interface Theme {
  colour(name: ChartColour): string;
  readonly text: string;
  readonly grid: string;
  /** As CSS writes it, in pixels. */
  readonly font: string;
}

/** The colours of the editor's theme, read anew when the user picks another one. */
export class ThemeWatch {
  readonly #listeners: (() => void)[] = [];
  #theme: Theme = readTheme();

  constructor() {
    // The editor sets variables as the style of the root and names the theme in attributes of the body.
    const observer = new MutationObserver(() => this.#read());
    observer.observe(document.documentElement, { attributes: true });
    observer.observe(document.body, { attributes: true });
    matchMedia('(forced-colors: active)').addEventListener('change', () => this.#read());
  }

  get theme(): Theme {
    return this.#theme;
  }

  onDidChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  #read(): void {
    const before = JSON.stringify(comparable(this.#theme));
    this.#theme = readTheme();
    if (JSON.stringify(comparable(this.#theme)) === before) return;
    for (const listener of this.#listeners) listener();
  }
}

const colours = ['blue', 'green', 'red', 'yellow', 'purple'] as const satisfies readonly ChartColour[];

function comparable(theme: Theme): readonly string[] {
  return [theme.text, theme.grid, theme.font, ...colours.map((name) => theme.colour(name))];
}

const faint = 'rgba(128, 128, 128, 0.4)';

function readTheme(): Theme {
  const style = getComputedStyle(document.body);
  const font = `11px ${style.fontFamily}`;
  if (matchMedia('(forced-colors: active)').matches) {
    return { colour: () => 'CanvasText', text: 'CanvasText', grid: 'GrayText', font };
  }
  const variable = (name: string, otherwise: string) => style.getPropertyValue(name).trim() || otherwise;
  const found = new Map(colours.map((name) => [name, variable(`--vscode-charts-${name}`, style.color)]));
  return {
    colour: (name) => found.get(name) ?? style.color,
    text: variable('--vscode-descriptionForeground', style.color),
    // Borders of high contrast themes are made to stand out, which a grid is not to do.
    grid: style.getPropertyValue('--vscode-contrastBorder')
      ? faint
      : variable('--vscode-widget-border', faint),
    font,
  };
}
