import type { PanelEndpoint } from '../../src/protocol/panel.ts';
import { element } from '../element.ts';
import type { Texts } from '../texts.ts';

/** A choice of one endpoint or all of them. */
export interface EndpointPicker {
  readonly root: HTMLElement;
  update(endpoints: readonly PanelEndpoint[]): void;
  /** @param id null for all */
  choose(id: string | null): void;
}

/** Makes the choice, with all endpoints chosen that are known by now. */
export function createEndpointPicker(
  { strings }: Texts,
  chosen: string | null,
  onChoose: (id: string | null) => void,
): EndpointPicker {
  const select = element('select', { 'aria-label': strings.endpoint });
  let shown = '';
  let wanted = chosen;
  let hadAny = false;
  select.addEventListener('change', () => {
    wanted = select.value || null;
    onChoose(wanted);
  });
  return {
    root: select,
    update(endpoints) {
      const key = JSON.stringify(endpoints.map(({ id, name, profile }) => [id, name, profile]));
      // New options would close a list that is open.
      if (key === shown) return;
      shown = key;
      const options = endpoints.map(({ id, name, profile }) =>
        element('option', { value: id }, `${profile} / ${name}`),
      );
      select.replaceChildren(element('option', { value: '' }, strings.allEndpoints), ...options);
      const isKnown = wanted === null || endpoints.some(({ id }) => id === wanted);
      select.value = isKnown ? (wanted ?? '') : '';
      const areYetToCome = endpoints.length === 0 && !hadAny;
      hadAny ||= endpoints.length > 0;
      // One that was removed has a past, but nobody can choose it any more.
      if (isKnown || areYetToCome) return;
      wanted = null;
      onChoose(null);
    },
    choose(id) {
      wanted = id;
      select.value = id ?? '';
    },
  };
}
