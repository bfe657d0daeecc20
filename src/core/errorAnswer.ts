/** An error as an endpoint reports it: by a status, or by an error event in a stream. */
export interface ErrorAnswer {
  /** The HTTP status, or the one that an error event stands for. */
  readonly status: number;
  /** What the body is, whatever its content type says. */
  readonly form: 'json' | 'html' | 'other';
  /** `error.type`, for example `rate_limit_error`. */
  readonly errorType?: string;
  readonly message?: string;
  /** `error.details.error_code`, the machine-readable reason that newer versions of the API add. */
  readonly errorCode?: string;
  /** As `retryAfterMs` reads it from the headers. */
  readonly retryAfterMs?: number;
}

/** Characters that are kept of any text from an endpoint. */
const maxText = 2048;

/**
 * Reads an error body: Anthropic's (https://docs.anthropic.com/en/api/errors), OpenAI's, the `{"error":"text"}`
 * and `{"message":"text"}` of relays, or plain text. Never throws.
 *
 * JSON is recognised by content, since relays mislabel it. HTML is recognised by content or by content type, as long
 * as there is any content: an empty answer is no page. The data of an error event is read in the same way; its status
 * is `statusOfErrorType` of the type found.
 *
 * @param body the text of the body, or as much of it as was kept
 * @param retryAfterMs as read from the headers
 */
export function readErrorAnswer(
  status: number,
  contentType: string | undefined,
  body: string,
  retryAfterMs: number | undefined,
): ErrorAnswer {
  const told = retryAfterMs === undefined ? {} : { retryAfterMs };
  // `trim` removes a byte order mark too.
  const text = body.trim();
  const json = parseObject(text);
  if (json !== undefined) return { status, form: 'json', ...jsonDetails(json), ...told };
  if (isHtml(contentType, text)) return { status, form: 'html', ...told };
  return { status, form: 'other', ...optional('message', text === '' ? undefined : text), ...told };
}

/** The HTTP status that an error event of the given `error.type` stands for (https://docs.anthropic.com/en/api/errors). */
export function statusOfErrorType(type: string | undefined): number {
  return statuses.get(type ?? '') ?? 500;
}

const statuses: ReadonlyMap<string, number> = new Map([
  ['invalid_request_error', 400],
  ['authentication_error', 401],
  ['billing_error', 402],
  ['permission_error', 403],
  ['not_found_error', 404],
  ['request_too_large', 413],
  ['rate_limit_error', 429],
  ['api_error', 500],
  ['timeout_error', 504],
  ['overloaded_error', 529],
]);

type JsonObject = Readonly<Record<string, unknown>>;

function parseObject(text: string): JsonObject | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    return asObject(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function asObject(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null ? (value as JsonObject) : undefined;
}

function jsonDetails(json: JsonObject): Partial<ErrorAnswer> {
  const error = asObject(json.error);
  const messages = [error?.message, json.error, json.message];
  return {
    ...optional('errorType', error?.type),
    ...optional(
      'message',
      messages.find((message) => typeof message === 'string'),
    ),
    ...optional('errorCode', asObject(error?.details)?.error_code),
  };
}

/** A property that is there only if the value is a text. */
function optional<K extends string>(key: K, value: unknown): { readonly [P in K]?: string } {
  return typeof value === 'string'
    ? ({ [key]: value.slice(0, maxText) } as { readonly [P in K]?: string })
    : {};
}

function isHtml(contentType: string | undefined, text: string): boolean {
  return text !== '' && (isHtmlType(contentType) || beginsAsHtml(text));
}

/** True for a content type of pages. */
export function isHtmlType(contentType: string | undefined): boolean {
  return /^\s*(?:text\/html|application\/xhtml\+xml)\b/i.test(contentType ?? '');
}

/** True when a text is a page by its beginning. */
export function beginsAsHtml(text: string): boolean {
  return /^[\s\ufeff]*<(?:!doctype|html)\b/i.test(text);
}
