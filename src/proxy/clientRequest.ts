import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { conversationKeyOf } from '../core/conversation.ts';
import { type Candidate, mappedModel, type RouteQuery } from '../core/routing.ts';
import type { Admitted } from './frontDoor.ts';
import { headerValues } from './headers.ts';
import type { RequestBody } from './requestBody.ts';
import { withModel } from './requestScan.ts';
import { mayRescue } from './turnRescue.ts';

/** One request of a client that passed the front door, with its whole body. */
export interface ClientRequest {
  readonly id: string;
  /** When it came, in milliseconds of the monotonic clock. */
  readonly receivedAt: number;
  readonly admitted: Admitted & { readonly route: RouteQuery['route'] };
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly body: RequestBody | null;
  /** A kept request is being tried again, and no client waits. */
  readonly isReplay: boolean;
}

/** What of a request decides where it may go. */
export function queryOf({ admitted, request, body }: ClientRequest): RouteQuery {
  const header = (name: string) => headerValues(request.rawHeaders, name)[0];
  const key = conversationKeyOf(
    {
      sessionId: header('x-claude-code-session-id'),
      agentId: header('x-claude-code-agent-id'),
      conversationId: header('x-conversation-id'),
    },
    body?.facts ?? {},
  );
  return {
    route: admitted.route,
    model: body?.facts.model,
    conversation: key && createHash('sha256').update(key).digest('base64url').slice(0, 22),
  };
}

/**
 * Words of the request by which Claude Code has a conversation summarised, the same in all versions that were looked at
 * (2.1.112 to 2.1.328). It takes the first message that comes for the whole summary.
 */
const compactionWords = 'Your task is to create a detailed summary of';

/** True when the client goes on by itself after a message that ends early. */
export function goesOnByItself({ request, body, isReplay }: ClientRequest): boolean {
  if (isReplay) return false;
  const signs = {
    userAgent: headerValues(request.rawHeaders, 'user-agent')[0],
    requestClass: headerValues(request.rawHeaders, 'x-claude-code-request-class')[0],
  };
  if (body === null || !mayRescue(signs, body.facts)) return false;
  // Without the header, which old versions never send, a summary looks like any other turn.
  return signs.requestClass !== undefined || !body.includes(compactionWords);
}

/** The body for an endpoint, with the name that the model has there. */
export function bodyFor({ body }: ClientRequest, { endpoint }: Candidate) {
  if (body === null) return null;
  const { model, modelAt } = body.facts;
  const mapped = model === undefined ? undefined : mappedModel(endpoint, model);
  if (modelAt === undefined || mapped === undefined || mapped === model) {
    return { length: body.length, pieces: () => body.pieces };
  }
  const [start, end] = modelAt;
  const literal = Buffer.byteLength(JSON.stringify(mapped));
  return {
    length: body.length - (end - start) + literal,
    pieces: () => withModel(body.pieces, modelAt, mapped),
  };
}
