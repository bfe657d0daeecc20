import type { PanelStory } from '../../src/protocol/panel.ts';
import { element } from '../element.ts';
import type { Texts } from '../texts.ts';

/** What is known of a request's story: undefined until it is answered, null when nobody knows it any more. */
export type KnownStory = PanelStory | null | undefined;

/** Makes the story of a request: what was chosen and why, what came of it, one after the other. */
export function storyElement(story: KnownStory, { strings, formats }: Texts): HTMLElement {
  if (story === undefined)
    return element('p', { class: 'placeholder', 'data-absence': 'loading' }, strings.loading);
  if (story === null) return element('p', { class: 'placeholder' }, strings.storyGone);
  const steps = story.steps.map(({ afterMs, tone, text, details }) => {
    const step = element(
      'li',
      {},
      element('span', { class: 'after' }, afterMs === null ? '' : `+${formats.milliseconds(afterMs)}`),
      element('span', { class: 'toned', 'data-tone': tone }, text),
    );
    if (details.length > 0) step.append(element('p', { class: 'detail lines' }, details.join('\n')));
    return step;
  });
  return element(
    'div',
    {},
    element('p', { class: 'story-title' }, story.title),
    element('ol', { class: 'steps' }, ...steps),
    element('p', { class: 'detail' }, story.requestId),
  );
}
