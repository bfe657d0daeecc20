import type { PanelCommand, PanelEndpoint, PanelHistory } from '../../src/protocol/panel.ts';
import { element, setHidden } from '../element.ts';
import { createKeyedChildren } from '../keyedChildren.ts';
import type { PageState } from '../pageState.ts';
import { createSection, type SectionContext } from '../parts/section.ts';
import { createTableToggle } from '../parts/tableToggle.ts';
import { createEndpointCard } from './endpointCard.ts';
import { type EndpointFigures, figuresOf } from './endpointFigures.ts';
import { createEndpointTable } from './endpointTable.ts';

/** What the part about endpoints needs of its surroundings. */
export interface EndpointsContext extends SectionContext {
  readonly state: PageState;
  readonly run: (command: PanelCommand) => void;
}

/** Makes the part about endpoints: a card for each, or a table of all. Hidden until there is one. */
export function createEndpoints(context: EndpointsContext) {
  const { texts, state } = context;
  const { strings } = texts;
  const section = createSection(strings.endpoints, context, 'endpoints');
  const cards = element('div', { class: 'cards' });
  const updateCards = createKeyedChildren<EndpointFigures>(
    cards,
    ({ endpoint }) => endpoint.id,
    () => createEndpointCard(texts),
  );
  const table = createEndpointTable(texts);
  const asTable = element('div', {}, table.root);
  let figures: readonly EndpointFigures[] = [];
  const show = () => {
    const isTable = toggle.isOn();
    setHidden(cards, isTable);
    setHidden(asTable, !isTable);
    if (isTable) table.update(figures);
    else updateCards(figures);
  };
  const toggle = createTableToggle('endpoints', strings.endpoints, { texts, state }, show);
  const check = element('button', { type: 'button', class: 'link' }, strings.checkEndpoints);
  check.addEventListener('click', () => context.run('checkEndpoints'));
  section.actions.append(check, toggle.root);
  section.root.append(cards, asTable);
  setHidden(section.root, true);
  return {
    root: section.root,
    update(endpoints: readonly PanelEndpoint[], history: PanelHistory | null | undefined): void {
      figures = figuresOf(endpoints, history);
      setHidden(section.root, endpoints.length === 0);
      section.setNote(history === null ? strings.sinceStart : '');
      section.setExportable(Boolean(history) && endpoints.length > 0);
      show();
    },
  };
}
