import type { Delivery, Receipt } from './history.ts';

/*
 * Whether what a client got is what one upstream sent, told from the bytes alone.
 */

const ownPing = 'event: ping\ndata: {"type":"ping"}\n\n';
/** What closes a message that broke off, for a client that goes on by itself. */
const closing =
  /(event: content_block_stop\ndata: [^\n]*\n\n)?(event: message_delta\ndata: [^\n]*\n\n)?event: message_stop\ndata: [^\n]*\n\n$/;

interface SentAnswer {
  readonly status: number;
  /** The body as far as it is known, without its framing. */
  readonly body: string;
}

/** True for an answer that the proxy made up because no upstream had one. */
export function isOwnError(delivery: Delivery): boolean {
  return /"request_id":"req_qcc_[^"]*"\}$/.test(delivery.bytes.text());
}

/** True when everything that a client got, its status too, can have come from this one exchange. */
export function comesFrom(delivery: Delivery, receipt: Receipt): boolean {
  const sent = readAnswer(receipt.bytes.text());
  if (!sent || !isStatusOf(delivery, sent)) return false;
  const got = delivery.bytes.text();
  // An error event that was held back becomes an error with its data as the body.
  if (sent.status < 300 && (delivery.status ?? 0) >= 400) return got !== '' && sent.body.includes(got);
  const known = withoutPings(sent.body);
  const received = withoutPings(got);
  const whole = delivery.bytes.whole && receipt.bytes.whole;
  if (delivery.end === 'clean' && whole && received === known) return true;
  const isPart = (text: string) => text.startsWith(known) || known.startsWith(text);
  if (delivery.end !== 'clean' || !whole) return isPart(received);
  return delivery.isEventStream && closing.test(received) && known.startsWith(received.replace(closing, ''));
}

function isStatusOf(delivery: Delivery, sent: SentAnswer): boolean {
  const { status = 0 } = delivery;
  if (status === sent.status) return true;
  // The statuses that are shaped to the client's clocks, and errors inside a stream.
  return status >= 400 && (sent.status < 300 || [429, 503].includes(status));
}

/** Takes the framing off an answer. Bytes that are no HTTP give what was understood before them. */
function readAnswer(raw: string): SentAnswer | undefined {
  const headEnd = raw.indexOf('\r\n\r\n');
  const status = Number(raw.match(/^HTTP\/1\.1 (\d{3})/)?.[1]);
  if (headEnd < 0 || Number.isNaN(status)) return undefined;
  const rest = raw.slice(headEnd + 4);
  if (status < 200) return readAnswer(rest);
  const head = raw.slice(0, headEnd).toLowerCase();
  const length = head.match(/\r\ncontent-length: *(\d+)/)?.[1];
  if (/\r\ntransfer-encoding: *chunked/.test(head)) return { status, body: joinedChunks(rest) };
  return { status, body: length === undefined ? rest : rest.slice(0, Number(length)) };
}

function joinedChunks(framed: string): string {
  const parts: string[] = [];
  for (let at = 0; ; ) {
    const lineEnd = framed.indexOf('\r\n', at);
    const size = Number.parseInt(framed.slice(at, lineEnd), 16);
    if (lineEnd < 0 || !(size > 0)) return parts.join('');
    parts.push(framed.slice(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
}

/** Pings may be added, and may overtake a tool call that is held back. */
function withoutPings(text: string): string {
  return text.replaceAll(ownPing, '');
}
