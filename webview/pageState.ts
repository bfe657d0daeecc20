import * as v from 'valibot';
import { panelOutcomes, panelRanges } from '../src/protocol/panel.ts';
import type { Host } from './host.ts';

const id = v.pipe(v.string(), v.minLength(1), v.maxLength(64));
const names = v.fallback(v.pipe(v.array(v.pipe(v.string(), v.maxLength(64))), v.maxLength(64)), []);

const emptyFilter = { text: '', outcome: null, endpointId: null };

const schema = v.object({
  /** What is asked for. */
  range: v.fallback(v.picklist(panelRanges), '24h'),
  endpointId: v.fallback(v.nullable(id), null),
  filter: v.fallback(
    v.object({
      text: v.pipe(v.string(), v.maxLength(128)),
      outcome: v.nullable(v.picklist(panelOutcomes)),
      endpointId: v.nullable(id),
    }),
    emptyFilter,
  ),
  limit: v.fallback(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(500)), 25),
  /** Parts that are shown as tables instead of pictures. */
  tables: names,
  /** Lines that are taken out of the charts. */
  hiddenLines: names,
  /** The request whose story is open. */
  story: v.fallback(v.nullable(id), null),
  /** How far the page is scrolled, in pixels. */
  scroll: v.fallback(v.pipe(v.number(), v.finite(), v.minValue(0)), 0),
});
type Kept = Readonly<v.InferOutput<typeof schema>>;

/** What the user chose on this page. It outlives the page: an editor that is hidden has none. */
export class PageState {
  readonly #host: Host;
  #value: Kept;

  constructor(host: Host) {
    this.#host = host;
    const kept = v.safeParse(schema, host.getState());
    this.#value = kept.success ? kept.output : v.parse(schema, {});
  }

  get value(): Kept {
    return this.#value;
  }

  change(changes: Partial<Kept>): void {
    this.#value = { ...this.#value, ...changes };
    this.#host.setState(this.#value);
  }

  /** Puts a name into one of the lists, or takes it out. */
  mark(list: 'tables' | 'hiddenLines', name: string, on: boolean): void {
    const others = this.#value[list].filter((other) => other !== name);
    this.change({ [list]: on ? [...others, name] : others });
  }
}
