/** Headers that name a conversation. */
export interface ConversationHeaders {
  /** `x-claude-code-session-id` */
  readonly sessionId?: string | undefined;
  /** `x-claude-code-agent-id`: sub-agents share the session and have a prompt cache of their own. */
  readonly agentId?: string | undefined;
  /** `x-conversation-id` */
  readonly conversationId?: string | undefined;
}

/** Parts of a request's body that name a conversation. */
export interface ConversationBody {
  /** `metadata.user_id` */
  readonly userId?: string | undefined;
  /** `conversation_id` */
  readonly conversationId?: string | undefined;
}

/**
 * The key of the conversation that a request belongs to, or undefined when nothing names one. Keys of different
 * sources never meet. They hold what the client sent, so that they are hashed before they go anywhere.
 */
export function conversationKeyOf(headers: ConversationHeaders, body: ConversationBody): string | undefined {
  const agent = idOf(headers.agentId);
  return (
    keyOf('session', headers.sessionId, agent) ??
    keyOf('conversation', headers.conversationId) ??
    keyOf('user', sessionIdIn(body.userId), agent) ??
    keyOf('body', body.conversationId)
  );
}

/** No id holds the line break that joins the parts. */
function keyOf(source: string, value: string | undefined, agent?: string): string | undefined {
  const id = idOf(value);
  if (id === undefined) return undefined;
  return agent === undefined ? `${source}\n${id}` : `${source}\n${id}\n${agent}`;
}

/** What can be an id: neither empty nor long, and without control characters. */
function idOf(value: string | undefined): string | undefined {
  const id = value?.trim();
  return id !== undefined && /^[^\p{Cc}]{1,256}$/u.test(id) ? id : undefined;
}

/**
 * The session id inside Claude Code's `metadata.user_id`: `user_<hex>_account_<uuid or empty>_session_<uuid>` up to
 * version 2.0, since then JSON with a `session_id`. Any other user id names a person and no conversation.
 */
function sessionIdIn(userId: string | undefined): string | undefined {
  if (userId?.startsWith('{')) return sessionIdInJson(userId);
  return /^user_[0-9a-f]+_account_[0-9a-f-]*_session_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i.exec(
    userId ?? '',
  )?.[1];
}

function sessionIdInJson(json: string): string | undefined {
  try {
    const { session_id } = JSON.parse(json) as { readonly session_id?: unknown };
    return typeof session_id === 'string' ? session_id : undefined;
  } catch {
    return undefined;
  }
}
