import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readErrorAnswer, statusOfErrorType } from '../../src/core/errorAnswer.ts';

const json = 'application/json';

test("Anthropic's error gives its type, message and code", () => {
  const body = JSON.stringify({
    type: 'error',
    error: {
      type: 'rate_limit_error',
      message: 'Your organization has reached its spend limit.',
      details: { error_code: 'enforced_spend_limit_reached' },
    },
    request_id: 'req_1',
  });
  assert.deepEqual(readErrorAnswer(429, json, body, 2_000), {
    status: 429,
    form: 'json',
    errorType: 'rate_limit_error',
    message: 'Your organization has reached its spend limit.',
    errorCode: 'enforced_spend_limit_reached',
    retryAfterMs: 2_000,
  });
});

test("OpenAI's error gives its type and message", () => {
  const body = '{"error":{"message":"Incorrect API key provided","type":"invalid_request_error","code":"x"}}';
  assert.deepEqual(readErrorAnswer(401, json, body, undefined), {
    status: 401,
    form: 'json',
    errorType: 'invalid_request_error',
    message: 'Incorrect API key provided',
  });
});

for (const [body, message] of [
  ['{"error":"no such model"}', 'no such model'],
  ['{"message":"no such model"}', 'no such model'],
  ['{"error":{"code":1},"message":"no such model"}', 'no such model'],
  ['{"error":{"message":"inner"},"message":"outer"}', 'inner'],
] as const) {
  test(`${body} gives the message "${message}"`, () => {
    assert.deepEqual(readErrorAnswer(404, json, body, undefined), { status: 404, form: 'json', message });
  });
}

for (const body of [
  '{}',
  '{"error":null}',
  '{"error":{"message":5,"type":[],"details":null}}',
  '{"error":{"details":{"error_code":7}}}',
  '{"error":[]}',
  '{"message":{}}',
]) {
  test(`${body} is JSON without details`, () => {
    assert.deepEqual(readErrorAnswer(500, json, body, undefined), { status: 500, form: 'json' });
  });
}

test('JSON is recognised whatever its content type', () => {
  for (const contentType of ['text/html', 'text/plain; charset=utf-8', 'text/event-stream', undefined]) {
    const answer = readErrorAnswer(403, contentType, '\uFEFF \r\n{"message":"no"}\n', undefined);
    assert.deepEqual(answer, { status: 403, form: 'json', message: 'no' }, contentType);
  }
});

test('what only claims to be JSON is not', () => {
  for (const body of ['{"error":', 'Forbidden', '"Forbidden"', '[]', 'null']) {
    assert.deepEqual(
      readErrorAnswer(403, json, body, undefined),
      { status: 403, form: 'other', message: body },
      body,
    );
  }
});

test('HTML is recognised by its content, behind white space and a byte order mark', () => {
  for (const body of [
    '<!DOCTYPE html><title>403</title>',
    '<html>\r\n<head>',
    '\uFEFF\r\n  <!doctype html>',
    '<HTML>',
  ]) {
    assert.deepEqual(readErrorAnswer(403, undefined, body, undefined), { status: 403, form: 'html' }, body);
  }
});

test('HTML is recognised by its content type', () => {
  for (const contentType of ['text/html', 'Text/HTML; charset=utf-8', 'application/xhtml+xml']) {
    const answer = readErrorAnswer(503, contentType, 'Service Unavailable', undefined);
    assert.deepEqual(answer, { status: 503, form: 'html' }, contentType);
  }
});

test('markup of another kind is not HTML', () => {
  for (const body of ['<htmlx>', '<?xml version="1.0"?><Error/>', 'see <html>']) {
    assert.equal(readErrorAnswer(503, 'application/xml', body, undefined).form, 'other', body);
  }
});

test('nothing is neither JSON nor HTML, whatever its content type', () => {
  for (const contentType of [json, 'text/html', undefined]) {
    assert.deepEqual(readErrorAnswer(503, contentType, ' \n', undefined), { status: 503, form: 'other' });
  }
});

test('texts are kept up to 2 048 characters', () => {
  const long = 'x'.repeat(5_000);
  const body = JSON.stringify({ error: { type: long, message: long, details: { error_code: long } } });
  const answer = readErrorAnswer(500, json, body, undefined);
  const kept = long.slice(0, 2048);
  assert.deepEqual(answer, {
    status: 500,
    form: 'json',
    errorType: kept,
    message: kept,
    errorCode: kept,
  });
  assert.equal(readErrorAnswer(500, undefined, long, undefined).message, kept);
});

test('any body is read without an error', () => {
  const body = fc.oneof(
    fc.string(),
    fc.json(),
    fc.json().map((text) => `{"error":${text}}`),
  );
  fc.assert(
    fc.property(
      fc.nat(999),
      fc.option(fc.string(), { nil: undefined }),
      body,
      (status, contentType, text) => {
        const answer = readErrorAnswer(status, contentType, text, undefined);
        assert.equal(answer.status, status);
        assert.ok(['json', 'html', 'other'].includes(answer.form));
      },
    ),
  );
});

test('a body nested deeper than any real one is read without an error', () => {
  const deep = `{"error":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
  assert.equal(readErrorAnswer(500, json, deep, undefined).status, 500);
});

for (const [type, status] of [
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
  ['something_new', 500],
  ['constructor', 500],
  [undefined, 500],
] as const) {
  test(`an error event of type ${type} stands for ${status}`, () => {
    assert.equal(statusOfErrorType(type), status);
  });
}
