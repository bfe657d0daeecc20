import { type PanelEndpoint, type PanelFilter, panelOutcomes } from '../../src/protocol/panel.ts';
import { element } from '../element.ts';
import { createEndpointPicker } from '../parts/endpointPicker.ts';
import type { Texts } from '../texts.ts';

/** What the last requests are narrowed down by. */
export interface RequestFilter {
  readonly root: HTMLElement;
  update(endpoints: readonly PanelEndpoint[]): void;
}

/** How long nothing is typed before it is looked for, in milliseconds. */
const typingPauseMs = 250;

/** Makes the fields of the filter. */
export function createRequestFilter(
  texts: Texts,
  initial: PanelFilter,
  onChange: (filter: PanelFilter) => void,
): RequestFilter {
  const { strings } = texts;
  let filter = initial;
  const change = (changes: Partial<PanelFilter>) => {
    filter = { ...filter, ...changes };
    onChange(filter);
  };

  const text = element('vscode-text-field', {
    'aria-label': strings.filterText,
    placeholder: strings.filterText,
    maxlength: '128',
    value: initial.text,
  }) as HTMLElement & { value: string };
  let pause: ReturnType<typeof setTimeout> | undefined;
  text.addEventListener('input', () => {
    clearTimeout(pause);
    pause = setTimeout(() => change({ text: text.value.trim() }), typingPauseMs);
  });

  const labels = {
    served: strings.served,
    rescued: strings.rescuedTurns,
    broken: strings.broken,
    failed: strings.failed,
    clientGone: strings.clientGone,
  };
  const outcome = element('select', { 'aria-label': strings.outcome });
  outcome.append(
    element('option', { value: '' }, strings.allOutcomes),
    ...panelOutcomes.map((code) => element('option', { value: code }, labels[code])),
  );
  outcome.value = initial.outcome ?? '';
  outcome.addEventListener('change', () =>
    change({ outcome: panelOutcomes.find((code) => code === outcome.value) ?? null }),
  );

  const endpoint = createEndpointPicker(texts, initial.endpointId, (endpointId) => change({ endpointId }));
  return {
    root: element(
      'div',
      { class: 'filter', role: 'search', 'aria-label': strings.lastRequests },
      text,
      outcome,
      endpoint.root,
    ),
    update: (endpoints) => endpoint.update(endpoints),
  };
}
