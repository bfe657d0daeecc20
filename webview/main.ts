import { type PanelCommand, type PanelString, parseMessageToPanel } from '../src/protocol/panel.ts';
import { defineControls } from './controls.ts';
import { element } from './element.ts';
import { createEndpointGrid } from './endpointGrid.ts';
import { createFormats } from './format.ts';
import { acquireHost } from './host.ts';
import { createNotices } from './notices.ts';
import { keepScrollPosition } from './scrollMemory.ts';
import { createSummary } from './summary.ts';

/*
 * The metrics panel: shows what the extension sends and sends back what the user presses. It keeps no truth of its
 * own and asks for nothing on the network.
 */

const host = acquireHost();
defineControls();

type Page = ReturnType<typeof createPage>;
let page: Page | undefined;

window.addEventListener('message', ({ data }) => {
  const message = parseMessageToPanel(data);
  if (message?.type === 'addressCopied') page?.summary.confirmCopy();
  if (message?.type !== 'render') return;
  const { view, strings } = message;
  const isNew = page === undefined;
  page ??= createPage(strings);
  page.summary.update(view);
  page.notices.update(view.notices);
  page.endpoints.update(view.endpoints);
  if (isNew) keepScrollPosition(host, page.main);
});

function createPage(strings: Record<PanelString, string>) {
  const run = (command: PanelCommand) => host.postMessage({ type: 'command', command });
  const formats = createFormats(document.documentElement.lang);
  const summary = createSummary(strings, formats, () => run('copyAddress'));
  const notices = createNotices(run);
  const endpoints = createEndpointGrid({ strings, formats });
  const main = element(
    'main',
    {},
    element('h1', {}, strings.title),
    summary.root,
    notices.root,
    endpoints.root,
  );
  document.body.append(main);
  return { main, summary, notices, endpoints };
}

host.postMessage({ type: 'ready' });
