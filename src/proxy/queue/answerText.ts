import { MessageText, textOfMessage } from '../../core/messageText.ts';
import { EventScanner } from '../eventScanner.ts';
import { headerValues, isEncoded } from '../headers.ts';
import type { KeptAnswer } from './keptContents.ts';

/** The most text that is handed out, in characters. */
const maxText = 1024 * 1024;

/** What the model said in an answer, or the answer's body where there is no message in it; a megabyte at most. */
export function answerText(answer: KeptAnswer): string {
  if (isEncoded(answer.headers)) return '';
  const body = answer.body.toString('utf8');
  const events = isEventStream(answer) ? messageOf(answer) : undefined;
  const text = events?.isMessage && events.errorType === undefined ? events.text : textOfMessage(body);
  return (text ?? body).slice(0, maxText);
}

/** The type of the error that ended a stream, which its status could not tell any more. */
export function errorInStream(answer: KeptAnswer): string | undefined {
  if (!isEventStream(answer) || isEncoded(answer.headers)) return undefined;
  // No other event is read, since an answer can have tens of thousands, and everybody waits meanwhile.
  return messageOf(answer, (type) => type === 'error').errorType;
}

function messageOf({ body }: KeptAnswer, isRead = (_type: string | undefined) => true): MessageText {
  const message = new MessageText();
  new EventScanner().scan(body, (block) => {
    if (block.kind === 'event' && isRead(block.type)) message.push(block.data());
  });
  return message;
}

function isEventStream({ headers }: KeptAnswer): boolean {
  return /^text\/event-stream\b/i.test(headerValues(headers, 'content-type')[0] ?? '');
}
