import type { Fault, Verdict } from '../../src/core/classification.ts';
import { readErrorAnswer } from '../../src/core/errorAnswer.ts';
import type { FailureCode } from '../../src/core/failure.ts';

/** What the table is to say of one kind of fault, and faults of that kind by the name of a test. */
export interface ClassificationWitnesses {
  readonly verdict: Verdict;
  readonly faults: Readonly<Record<string, Fault>>;
}

function failed(failure: FailureCode): Fault {
  return { kind: 'transport', failure };
}

/** An answer whose body is JSON, a page or a text. */
function answered(status: number, body: object | string = '', retryAfterMs?: number): Fault {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { kind: 'answer', answer: readErrorAnswer(status, undefined, text, retryAfterMs) };
}

/** An error in the shape of the Anthropic API. */
function anthropic(type: string, message: string, details?: object): object {
  return { type: 'error', error: { type, message, ...(details && { details }) }, request_id: 'req_011' };
}

function badRequest(message: string): Fault {
  return answered(400, anthropic('invalid_request_error', message));
}

const nginx = (title: string) =>
  `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>nginx/1.24.0</center>\r\n</body>\r\n</html>\r\n`;
const cloudflare =
  '<!DOCTYPE html>\n<!--[if lt IE 7]> <html class="no-js ie6 oldie"> <![endif]--><title>Attention Required! | Cloudflare</title>';
const overloaded = anthropic('overloaded_error', 'Overloaded');
const rateLimited = anthropic('rate_limit_error', 'This request would exceed your rate limit.');
const internal = anthropic('api_error', 'Internal server error');

const transient = { class: 'TRANSIENT', next: 'other', effect: 'failure' } as const;

/** One entry per row of the table, none of which is taken from the table. */
export const classificationWitnesses: readonly ClassificationWitnesses[] = [
  {
    verdict: { row: 'nameNotResolved', ...transient, processed: false, last: 'own' },
    faults: { 'a host name without an address': failed('dnsFailed') },
  },
  {
    verdict: { row: 'unreachable', ...transient, processed: false, last: 'own' },
    faults: {
      'a refused connection': failed('connectRefused'),
      'a connection that nobody accepts': failed('connectTimeout'),
    },
  },
  {
    verdict: {
      row: 'tlsFailed',
      class: 'PERMANENT',
      next: 'other',
      effect: 'open',
      processed: false,
      last: 'own',
    },
    faults: { 'a certificate that is not trusted': failed('tlsFailed') },
  },
  {
    verdict: {
      row: 'staleConnection',
      class: 'TRANSIENT',
      next: 'sameOnFreshConnection',
      effect: 'none',
      processed: false,
      last: 'own',
    },
    faults: { 'a kept connection that was just closed': failed('staleConnection') },
  },
  {
    verdict: { row: 'connectionLost', ...transient, processed: true, last: 'own' },
    faults: { 'a fresh connection that broke': failed('connectionLost') },
  },
  {
    verdict: { row: 'badResponse', ...transient, processed: true, last: 'own' },
    faults: { 'an answer that is not HTTP': failed('badResponse') },
  },
  {
    verdict: { row: 'noMessage', ...transient, processed: true, last: 'own' },
    faults: {
      'a page with status 200': failed('htmlAnswer'),
      'nothing with status 200': failed('emptyAnswer'),
    },
  },
  {
    verdict: { row: 'slow', ...transient, processed: true, last: 'own' },
    faults: {
      'no message while another endpoint is ready': failed('slow'),
      'no message until the deadline': failed('firstByteTimeout'),
    },
  },
  {
    verdict: { row: 'brokenOff', ...transient, processed: true, last: 'own' },
    faults: {
      'a message without its end': failed('truncated'),
      'a stream that fell silent': failed('idleTimeout'),
    },
  },
  {
    verdict: {
      row: 'redirected',
      class: 'PERMANENT',
      next: 'other',
      effect: 'quarantineMisconfigured',
      processed: false,
      last: 'own',
    },
    faults: { 'a redirect': failed('redirected') },
  },
  {
    verdict: {
      row: 'unknownField',
      class: 'PERMANENT',
      next: 'secondOpinion',
      effect: 'markAfterThree',
      processed: false,
      last: 'verbatim',
    },
    faults: {
      'a property of a tool that a relay does not know': badRequest(
        'tools.0.custom.defer_loading: Extra inputs are not permitted',
      ),
      'a property of a system block, in the words of a relay': answered(400, {
        error: {
          message:
            'litellm.BadRequestError: BedrockException - {"message":"system.1.cache_control.ephemeral.scope: Extra inputs are not permitted"}',
          code: '400',
        },
      }),
      'a kind of tool that a relay does not know': badRequest(
        "tools.12: Input tag 'web_search_20260209' found using 'type' does not match any of the expected tags: 'bash_20250124', 'custom'",
      ),
    },
  },
  {
    verdict: {
      row: 'badRequest',
      class: 'PERMANENT',
      next: 'nowhere',
      effect: 'none',
      processed: false,
      last: 'verbatim',
    },
    faults: {
      'a prompt that is too long': badRequest('prompt is too long: 212345 tokens > 200000 maximum'),
      'the same in the words of a relay': answered(
        400,
        'ValidationException: Prompt is too long: 212345 tokens > 200000 maximum',
      ),
      'an output limit that does not fit': badRequest(
        'input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000, decrease input length or `max_tokens` and try again',
      ),
      'an output limit that does not fit, without the marks': badRequest(
        'input length and max_tokens exceed context limit: 5 + 5 > 9',
      ),
      "OpenAI's words for a prompt that is too long": answered(400, {
        error: {
          message: "This model's maximum context length is 128000 tokens. Please reduce the length.",
          type: 'invalid_request_error',
          code: 'context_length_exceeded',
        },
      }),
      'a signature that does not fit': badRequest(
        'messages.1.content.0: Invalid `signature` in `thinking` block',
      ),
      'the same without a path': badRequest('Invalid `signature` in `thinking` block'),
      'a signature that does not fit, without the marks': badRequest('Invalid signature in thinking block'),
      'thinking of another conversation': badRequest('The block is bound to a different conversation.'),
      'a field without an index': badRequest('messages: at least one message is required'),
      'the field of the output limit': badRequest(
        'max_tokens: 200000 > 64000, which is the maximum allowed number of output tokens for claude-haiku-5-5',
      ),
      'the field of the system prompt': badRequest('system: text content blocks must be non-empty'),
      'the field of the tools': badRequest('tools: Tool names must be unique.'),
      'a field with its path': badRequest(
        'messages.3.content.1.image.source.base64: image exceeds 5 MB maximum: 6144000 bytes > 5242880 bytes',
      ),
      'a field of a tool': badRequest(
        "tools.0.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'",
      ),
      'a field with its path in the words of a relay': answered(400, {
        error: { message: '{"message":"messages.3.content: Field required"}' },
      }),
      "OpenAI's way to write a path": answered(400, {
        error: { message: "Invalid type for 'messages[0].content': expected a string.", param: 'messages' },
      }),
      'a field that quotes the words for a spent key': badRequest(
        "messages.0.role: Input should be 'user' or 'assistant', not 'credit balance is too low'",
      ),
    },
  },
  {
    verdict: {
      row: 'tooLarge',
      class: 'PERMANENT',
      next: 'nowhere',
      effect: 'none',
      processed: false,
      last: 'verbatim',
    },
    faults: {
      'a request that is too large for the API': answered(
        413,
        anthropic('request_too_large', 'Request exceeds the maximum size'),
      ),
    },
  },
  {
    verdict: {
      row: 'tooLargeForRelay',
      class: 'TRANSIENT',
      next: 'other',
      effect: 'none',
      processed: false,
      last: 'verbatim',
    },
    faults: {
      'the limit of nginx': answered(413, nginx('413 Request Entity Too Large')),
      'the limit of Envoy': answered(413, 'Payload Too Large'),
      'a limit without words': answered(413),
    },
  },
  {
    verdict: {
      row: 'unprocessable',
      class: 'PERMANENT',
      next: 'nowhere',
      effect: 'none',
      processed: false,
      last: 'verbatim',
    },
    faults: {
      'the validation of a FastAPI relay': answered(422, {
        detail: [{ loc: ['body', 'messages'], msg: 'field required' }],
      }),
      'a request that cannot be processed, in text': answered(422, 'Unprocessable Entity'),
    },
  },
  {
    verdict: {
      row: 'conflict',
      class: 'TRANSIENT',
      next: 'sameThenOther',
      effect: 'none',
      processed: false,
      last: 'verbatim',
    },
    faults: {
      'a request timeout': answered(408, nginx('408 Request Time-out')),
      'a conflict': answered(409, anthropic('conflict_error', 'Conflict')),
    },
  },
  {
    verdict: {
      row: 'spentKey',
      class: 'AUTH',
      next: 'other',
      effect: 'quarantineKeySpent',
      processed: false,
      last: 'verbatim',
    },
    faults: {
      'a limit that the user has set': badRequest(
        'You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00 UTC.',
      ),
      'the limit of a workspace': badRequest('You have reached your specified workspace API usage limits.'),
      'no credit': badRequest(
        'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.',
      ),
      'no credit, in other letters': answered(400, { error: 'CREDIT BALANCE IS TOO LOW' }),
      'an organization that is disabled': badRequest('This organization has been disabled.'),
    },
  },
  {
    verdict: {
      row: 'paymentRequired',
      class: 'AUTH',
      next: 'other',
      effect: 'quarantineKeySpent',
      processed: false,
      last: 'verbatim',
    },
    faults: {
      'a billing error': answered(402, anthropic('billing_error', 'Your payment method has failed.')),
      'an empty account at a relay': answered(402, { error: { message: 'Insufficient Balance' } }),
      'no money, without words': answered(402),
    },
  },
  {
    verdict: {
      row: 'spendLimit',
      class: 'AUTH',
      next: 'other',
      effect: 'quarantineKeySpentThisMonth',
      processed: false,
      last: 'verbatim',
    },
    faults: {
      'the limit of the usage tier': answered(
        429,
        anthropic('rate_limit_error', 'Usage is paused.', { error_code: 'enforced_spend_limit_reached' }),
      ),
      'the limit of the contract, with a time': answered(
        429,
        anthropic('rate_limit_error', 'Usage is paused.', { error_code: 'contract_spend_limit_reached' }),
        3_600_000,
      ),
    },
  },
  {
    verdict: {
      row: 'keyRefused',
      class: 'AUTH',
      next: 'other',
      effect: 'quarantineKeyRefused',
      processed: false,
      last: 'verbatim',
    },
    faults: {
      'a key that does not exist': answered(401, anthropic('authentication_error', 'invalid x-api-key')),
      'the same at a relay': answered(401, { error: { message: '无效的令牌', type: 'new_api_error' } }),
      'a page that asks for a login': answered(401, nginx('401 Authorization Required')),
      'no access, without words': answered(401),
    },
  },
  {
    verdict: {
      row: 'forbidden',
      class: 'AUTH',
      next: 'other',
      effect: 'markModel',
      processed: false,
      last: 'verbatim',
    },
    faults: {
      'a key without a permission': answered(
        403,
        anthropic('permission_error', 'Your API key does not have permission to use the specified resource.'),
      ),
      'a group of keys without the model, at a relay': answered(403, {
        error: { message: '该令牌无权使用模型：claude-opus-5-5', type: 'new_api_error' },
      }),
    },
  },
  {
    verdict: {
      row: 'refused',
      class: 'PERMANENT',
      next: 'secondOpinion',
      effect: 'markAfterThree',
      processed: false,
      last: 'verbatim',
    },
    faults: {
      'a beta that the endpoint does not know': badRequest(
        'Unexpected value(s) `context-1m-2026-01-01` for the `anthropic-beta` header.',
      ),
      'a model that a relay does not have': badRequest(
        'model: claude-opus-5-5 is not available in this group',
      ),
      'a relay that mentions a system': badRequest('upstream system: no channel available'),
      'a relay that mentions messages': badRequest('failed to convert messages: unsupported block'),
      'a limit in other words': badRequest('You have reached the usage limits of your plan.'),
      'the page of a web server': answered(400, nginx('400 Bad Request')),
      'a bad request without words': answered(400),
    },
  },
  {
    verdict: {
      row: 'notServed',
      class: 'PERMANENT',
      next: 'secondOpinion',
      effect: 'markRouteModel',
      processed: false,
      last: 'verbatim',
    },
    faults: {
      'a model that does not exist': answered(404, anthropic('not_found_error', 'model: claude-opus-9')),
      'a page that does not exist': answered(404, nginx('404 Not Found')),
      'a method that is not allowed': answered(405, { detail: 'Method Not Allowed' }),
      'a route that is not implemented': answered(501, { error: { message: 'not implemented' } }),
    },
  },
  {
    verdict: {
      row: 'rateLimitedUntil',
      class: 'RATE_LIMIT',
      next: 'other',
      effect: 'coolDownAsTold',
      processed: false,
      last: 'verbatim',
    },
    faults: {
      'a rate limit with its end': answered(429, rateLimited, 20_000),
      'the same without words': answered(429, '', 20_000),
      'a rate limit that only talks about spending': answered(
        429,
        anthropic('rate_limit_error', 'enforced_spend_limit_reached: your credit balance is too low'),
        20_000,
      ),
    },
  },
  {
    verdict: {
      row: 'rateLimited',
      class: 'RATE_LIMIT',
      next: 'other',
      effect: 'coolDownGrowing',
      processed: false,
      last: 'verbatim',
    },
    faults: {
      'a rate limit without its end': answered(429, rateLimited),
      'a limit on growth, which is over soon': answered(
        429,
        anthropic('rate_limit_error', 'Slow down.', { error_code: 'ramp_limit_exceeded' }),
      ),
      'the rate limit of a firewall': answered(429, cloudflare),
    },
  },
  {
    verdict: { row: 'firewall', ...transient, processed: false, last: 'verbatim' },
    faults: {
      'the page of a firewall that forbids': answered(403, cloudflare),
      'a firewall that forbids in text': answered(403, 'error code: 1020'),
      'a firewall that forbids without words': answered(403),
    },
  },
  {
    verdict: { row: 'firewallPage', ...transient, processed: false, last: 'verbatim' },
    faults: { 'the page of a firewall with 503': answered(503, cloudflare) },
  },
  {
    verdict: {
      row: 'overloaded',
      class: 'TRANSIENT',
      next: 'other',
      effect: 'coolDownOverloaded',
      processed: false,
      last: 'verbatim',
    },
    faults: {
      'an overloaded API': answered(529, overloaded),
      'the same, with a time': answered(529, overloaded, 5_000),
      'an overloaded relay': answered(503, { error: { message: '当前分组上游负载已饱和，请稍后再试' } }),
      'an unavailable service, in text': answered(503, 'no healthy upstream'),
      'an unavailable service, without words': answered(503),
    },
  },
  {
    verdict: { row: 'serverError', ...transient, processed: true, last: 'verbatim' },
    faults: {
      'an internal error': answered(500, internal),
      'an internal error, without words': answered(500),
      'a bad gateway': answered(502, nginx('502 Bad Gateway')),
      'a gateway that ran out of time': answered(504, nginx('504 Gateway Time-out')),
      'an internal error that only talks about a field': answered(
        500,
        anthropic('api_error', 'context_management: Extra inputs are not permitted'),
      ),
      'an internal error with the code of a spending limit': answered(
        500,
        anthropic('api_error', 'Try again.', { error_code: 'enforced_spend_limit_reached' }),
      ),
      'an internal error that only talks about credit': answered(
        500,
        anthropic('api_error', 'Your credit balance is too low'),
      ),
    },
  },
  {
    verdict: { row: 'originError', ...transient, processed: true, last: 'verbatim' },
    faults: {
      'an unknown error of the origin': answered(520, cloudflare),
      'an origin that does not answer': answered(524, 'error code: 524'),
      'an origin with a bad certificate': answered(526, cloudflare),
      'an origin that cannot be found': answered(530, 'error code: 1016'),
    },
  },
  {
    verdict: {
      row: 'unknown',
      class: 'UNKNOWN',
      next: 'other',
      effect: 'failure',
      processed: true,
      last: 'verbatim',
    },
    faults: {
      'a status next to those of Cloudflare': answered(519),
      'the one on the other side': answered(527),
      'the one that follows': answered(531),
      'a status that nobody uses': answered(418, { error: { message: 'prompt is too long' } }),
      'a failure that has an answer, without the answer': failed('errorStatus'),
    },
  },
];
