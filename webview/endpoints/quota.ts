import type { PanelEndpoint } from '../../src/protocol/panel.ts';
import { element, setAttribute, setHidden, setText } from '../element.ts';
import { createKeyedChildren, type KeyedChild } from '../keyedChildren.ts';
import type { Texts } from '../texts.ts';

type Limit = PanelEndpoint['quota'][number];

/** Makes the list of what is used of the limits of a key. */
export function createQuota({ strings }: Texts) {
  const root = element('ul', { class: 'quota', 'aria-label': strings.quota });
  const update = createKeyedChildren<Limit>(root, ({ label }) => label, createLimit);
  return {
    root,
    update(limits: readonly Limit[]): void {
      update(limits);
      setHidden(root, limits.length === 0);
    },
  };
}

function createLimit(): KeyedChild<Limit> {
  const label = element('span');
  const text = element('span', { class: 'detail' });
  // The browser's own element: it has its role, and colours that are forced.
  const meter = element('meter', { max: '1', high: '0.75', optimum: '0' });
  return {
    root: element('li', {}, element('div', {}, label, text), meter),
    update(limit) {
      setText(label, limit.label);
      setText(text, limit.text);
      setHidden(meter, limit.used === null);
      meter.value = limit.used ?? 0;
      setAttribute(meter, 'aria-label', limit.label);
      setAttribute(meter, 'aria-valuetext', limit.text);
    },
  };
}
