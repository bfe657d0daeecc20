import type { Socket } from 'node:net';
import {
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';

/** JSON-RPC over a control connection, whose ends have proved themselves before. It is to be disposed of with the socket. */
export function converse(socket: Socket): MessageConnection {
  const reader = new StreamMessageReader(socket);
  // It would tell of messages that come slowly; once the other end was killed in the middle of one, every ten seconds for ever.
  reader.partialMessageTimeout = 0;
  return createMessageConnection(reader, new StreamMessageWriter(socket));
}
