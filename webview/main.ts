import { type MessageToPanel, parseMessageToPanel } from '../src/protocol/panel.ts';
import { defineControls } from './controls.ts';
import { acquireHost } from './host.ts';
import { createPage } from './page.ts';
import { PageState } from './pageState.ts';
import { Questions } from './questions.ts';
import { keepScrollPosition } from './scrollMemory.ts';

/*
 * The metrics panel: shows what the extension sends and sends back what the user presses. It keeps no truth of its
 * own and asks for nothing on the network.
 */

const host = acquireHost();
defineControls();
const state = new PageState(host);
const questions = new Questions(host, state);

/** The texts come with the first view; what came before it waits, the last of each kind. */
const early = new Map<MessageToPanel['type'], MessageToPanel>();
let page: ReturnType<typeof createPage> | undefined;

window.addEventListener('message', ({ data }) => {
  const message = parseMessageToPanel(data);
  if (!message) return;
  if (message.type === 'render' && !page) {
    page = createPage({ host, state, questions, strings: message.strings });
    document.title = message.strings.title;
    document.body.append(page.main);
    keepScrollPosition(state, page.main);
    show(page, message);
    for (const earlier of early.values()) show(page, earlier);
    early.clear();
  } else if (page) show(page, message);
  else early.set(message.type, message);
});

function show(page: ReturnType<typeof createPage>, message: MessageToPanel): void {
  switch (message.type) {
    case 'render':
      page.updateView(message.view);
      break;
    case 'addressCopied':
      page.confirmCopy();
      break;
    case 'history':
      if (questions.isCurrent(message)) page.updateHistory(message.history);
      break;
    case 'requests':
      if (questions.isCurrent(message)) page.updateRequests(message.requests);
      break;
    case 'story':
      if (questions.isCurrent(message)) page.updateStory(message.story);
      break;
  }
}

questions.askAll();
