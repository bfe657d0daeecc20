import { element, setAttribute, setText } from '../element.ts';
import { type Column, column, createDataTable } from '../parts/dataTable.ts';
import type { Texts } from '../texts.ts';
import { failureText, servedText, weightText } from './endpointCard.ts';
import type { EndpointFigures } from './endpointFigures.ts';

/** Makes the table that says what the cards say. */
export function createEndpointTable(texts: Texts) {
  const { strings, formats } = texts;
  type Row = EndpointFigures;
  const number = (title: string, show: (row: Row) => string) => column<Row>('number', title, show);
  return createDataTable<Row>({
    label: strings.endpoints,
    keyOf: ({ endpoint }) => endpoint.id,
    columns: [
      twoLines('name', strings.endpoint, ({ endpoint }) => [endpoint.name, endpoint.host]),
      twoLines('text', strings.profile, ({ endpoint }) => [endpoint.profile, endpoint.role ?? '']),
      stateColumn(strings.state),
      number(strings.requests, ({ requests }) => formats.count(requests)),
      number(strings.successRate, ({ successRate }) => formats.percent(successRate)),
      number(strings.firstContentP50, ({ firstContentP50Ms }) => formats.milliseconds(firstContentP50Ms)),
      number(strings.firstContentP95, ({ firstContentP95Ms }) => formats.milliseconds(firstContentP95Ms)),
      number(strings.tokens, ({ tokens }) => formats.count(tokens)),
      number(strings.cost, ({ cost }) => formats.dollars(cost)),
      number(strings.inFlight, ({ endpoint }) => formats.count(endpoint.inFlight)),
      number(strings.weight, (row) => weightText(row, texts)),
      column('prose', strings.quota, ({ endpoint }) =>
        formats.text(endpoint.quota.map(({ label, text }) => `${label}: ${text}`).join('\n') || null),
      ),
      column('prose', strings.lastServed, (row) => formats.text(servedText(row, texts) || null)),
      column('prose', strings.lastFailure, (row) => formats.text(failureText(row, texts) || null)),
      column('prose', strings.lastCheck, ({ endpoint }) => formats.text(endpoint.check)),
    ],
  });
}

function twoLines(
  kind: 'name' | 'text',
  title: string,
  show: (row: EndpointFigures) => readonly [string, string],
): Column<EndpointFigures> {
  return {
    title,
    kind,
    fill: (cell) => {
      const [first, second] = [element('div'), element('div', { class: 'detail' })];
      cell.append(first, second);
      return (row) => {
        const [upper, lower] = show(row);
        setText(first, upper);
        setText(second, lower);
      };
    },
  };
}

function stateColumn(title: string): Column<EndpointFigures> {
  return {
    title,
    kind: 'text',
    fill: (cell) => {
      const [label, details] = [
        element('span', { class: 'state' }),
        element('div', { class: 'detail lines' }),
      ];
      cell.append(label, details);
      return ({ endpoint: { state } }) => {
        setAttribute(label, 'data-state', state.code);
        setText(label, state.label);
        setText(details, state.details.join('\n'));
      };
    },
  };
}
