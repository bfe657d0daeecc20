import { element, freshId, setAttribute, setHidden, setText } from '../element.ts';
import type { KeyedChild } from '../keyedChildren.ts';
import { fillIn, type Texts } from '../texts.ts';
import type { EndpointFigures } from './endpointFigures.ts';
import { createQuota } from './quota.ts';

type Show = (figures: EndpointFigures) => string;

/** Makes a card without values; `update` has to follow. */
export function createEndpointCard(texts: Texts): KeyedChild<EndpointFigures> {
  const { strings, formats } = texts;
  const name = element('h3', { class: 'name', id: freshId() });
  const place = element('p', { class: 'detail' });
  const profile = element('span');
  const role = element('span', { class: 'badge' });
  const state = element('span', { class: 'state' });
  const lines = element('p', { class: 'detail lines' });
  const quota = createQuota(texts);

  const fact = (title: string, show: Show, isWide = false) => {
    const value = element('dd');
    const root = element('div', { ...(isWide && { class: 'wide' }) }, element('dt', {}, title), value);
    return {
      root,
      update: (figures: EndpointFigures) => {
        const text = show(figures);
        setText(value, text);
        // What was never checked or never failed has nothing to tell about it.
        if (isWide) setHidden(root, text === '');
      },
    };
  };
  const facts = [
    fact(strings.requests, ({ requests }) => formats.count(requests)),
    fact(strings.successRate, ({ successRate }) => formats.percent(successRate)),
    fact(strings.firstContentP50, ({ firstContentP50Ms }) => formats.milliseconds(firstContentP50Ms)),
    fact(strings.firstContentP95, ({ firstContentP95Ms }) => formats.milliseconds(firstContentP95Ms)),
    fact(strings.tokens, ({ tokens }) => formats.roughly(tokens)),
    fact(strings.cost, ({ cost }) => formats.dollars(cost)),
    fact(strings.inFlight, ({ endpoint }) => formats.count(endpoint.inFlight)),
    fact(strings.weight, (figures) => weightText(figures, texts)),
  ];
  const past = [
    fact(strings.lastServed, (figures) => servedText(figures, texts), true),
    fact(strings.lastFailure, (figures) => failureText(figures, texts), true),
    fact(strings.lastCheck, ({ endpoint }) => endpoint.check ?? '', true),
  ];

  const root = element(
    'article',
    { class: 'card', 'aria-labelledby': name.id },
    element('div', { class: 'card-title' }, name, state),
    element('p', { class: 'detail place' }, profile, role),
    place,
    lines,
    element('dl', { class: 'facts' }, ...facts.map((fact) => fact.root)),
    quota.root,
    element('dl', { class: 'facts past' }, ...past.map((fact) => fact.root)),
  );
  return {
    root,
    update(figures) {
      const { endpoint } = figures;
      setText(name, endpoint.name);
      setText(place, endpoint.host);
      setText(profile, endpoint.profile);
      setText(role, endpoint.role ?? '');
      setAttribute(root, 'data-active', endpoint.active ? '' : null);
      setAttribute(state, 'data-state', endpoint.state.code);
      setText(state, endpoint.state.label);
      setText(lines, endpoint.state.details.join('\n'));
      for (const { update } of [...facts, ...past]) update(figures);
      quota.update(endpoint.quota);
    },
  };
}

/** As it is used now, and what was configured where that is something else. */
export function weightText({ endpoint: { weight } }: EndpointFigures, { strings, formats }: Texts): string {
  if (!weight) return formats.count(null);
  const [effective, configured] = [formats.count(weight.effective), formats.count(weight.configured)];
  return effective === configured ? effective : fillIn(strings.weightOf, effective, configured);
}

/** When it last answered, and how soon; empty before the first time. */
export function servedText({ endpoint }: EndpointFigures, { formats }: Texts): string {
  const { servedAt, firstByteMs } = endpoint;
  if (servedAt === null) return '';
  const moment = formats.moment(servedAt);
  return firstByteMs === null ? moment : `${moment} · ${formats.milliseconds(firstByteMs)}`;
}

/** What went wrong last, and when; empty before the first time. */
export function failureText({ endpoint: { failure } }: EndpointFigures, { formats }: Texts): string {
  return failure ? `${failure.text} · ${formats.moment(failure.at)}` : '';
}
