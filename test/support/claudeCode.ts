import { randomUUID } from 'node:crypto';
import { messageRequest } from './wire.ts';

/** The headers by which Claude Code is known, as measured with 2.1.328. @param session id of its conversation */
export function claudeCodeHeaders(session: string = randomUUID()): string[] {
  return [
    ...['user-agent', 'claude-cli/2.1.328 (external, cli)'],
    ...['x-claude-code-request-class', 'main'],
    ...['x-claude-code-session-id', session],
    ...['anthropic-version', '2023-06-01'],
  ];
}

/** A streamed request for a model. */
export function streamedRequest(model = 'claude-test'): string {
  return messageRequest({ model, stream: true });
}

/** The headers of a conversation of any other client. */
export function conversation(id: string): string[] {
  return ['x-conversation-id', id];
}
