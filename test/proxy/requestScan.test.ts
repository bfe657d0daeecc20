import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type RequestFacts, RequestScanner, withModel } from '../../src/proxy/requestScan.ts';

function scan(...pieces: (string | Buffer)[]): RequestFacts {
  const scanner = new RequestScanner();
  for (const piece of pieces) scanner.push(Buffer.from(piece));
  return scanner.end();
}

const nothingKnown = scan();

/** The pieces of `bytes` between the places `cuts` that lie in them. */
function split(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const edges = [0, ...cuts.filter((cut) => cut < bytes.length).toSorted((a, b) => a - b), bytes.length];
  return edges.slice(1).map((edge, i) => bytes.subarray(edges[i], edge));
}

function singleBytes(bytes: Buffer): Buffer[] {
  return Array.from(bytes, (_, i) => bytes.subarray(i, i + 1));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function own(object: unknown, key: string): unknown {
  return isObject(object) && Object.hasOwn(object, key) ? object[key] : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** The facts as `JSON.parse` gives them, but for the place of the model. */
function reference(json: string): Omit<RequestFacts, 'modelAt'> {
  const body: unknown = JSON.parse(json);
  const tools = own(body, 'tools');
  return {
    model: text(own(body, 'model')),
    stream: own(body, 'stream') === true,
    userId: text(own(own(body, 'metadata'), 'user_id')),
    conversationId: text(own(body, 'conversation_id')),
    hasTools: Array.isArray(tools) && tools.length > 0,
    hasOutputFormat: (own(own(body, 'output_config'), 'format') ?? null) !== null,
  };
}

function assertAsParsed(pieces: readonly Buffer[]): void {
  const bytes = Buffer.concat(pieces);
  const { modelAt, ...facts } = scan(...pieces);
  assert.deepEqual(facts, reference(bytes.toString()));
  const literal = modelAt && bytes.subarray(...modelAt).toString();
  assert.equal(literal && JSON.parse(literal), facts.model);
}

const names = [
  ...['model', 'stream', 'metadata', 'user_id', 'conversation_id', 'tools', 'output_config', 'format'],
  ...['messages', '__proto__', 'constructor', ''],
];

function escapesOf(char: string): string {
  return Array.from({ length: char.length }, (_, i) => char.charCodeAt(i).toString(16).padStart(4, '0'))
    .map((unit) => `\\u${unit}`)
    .join('');
}

/** A string as a JSON literal, with some of its characters written as escapes although they need not be. */
function literalOf(content: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.tuple(content, fc.infiniteStream(fc.boolean())).map(([value, escaped]) => {
    const plain = JSON.stringify(value).slice(1, -1);
    const written = plain.replace(/\\u.{4}|\\.|[^\\]/gu, (char) =>
      char.startsWith('\\') || !escaped.next().value ? char : escapesOf(char),
    );
    return `"${written}"`;
  });
}

const space = fc.constantFrom('', '', '', ' ', '\n  ', '\r\n\t');
const content = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('\\', '"', 'u', '{', ']', ',', ':', 'é', '🙂') }),
  fc.constantFrom(...names),
);

/** JSON texts with the known names at all depths, often twice in one object, and often with a value that counts. */
const { json, object } = fc.letrec<
  Record<'json' | 'object' | 'array' | 'string' | 'name' | 'member', string>
>((tie) => ({
  string: literalOf(content),
  name: literalOf(fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...names) }, fc.string())),
  json: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom('true', 'false', 'null'),
    tie('string'),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => JSON.stringify(number)),
    tie('object'),
    tie('array'),
  ),
  member: fc
    .oneof(
      { depthSize: 'small' },
      fc.tuple(tie('name'), tie('json')),
      fc.tuple(literalOf(fc.constantFrom('model', 'user_id', 'conversation_id')), tie('string')),
      fc.tuple(literalOf(fc.constant('stream')), fc.constantFrom('true', 'false')),
      fc.tuple(literalOf(fc.constant('tools')), tie('array')),
      fc.tuple(literalOf(fc.constantFrom('metadata', 'output_config', 'format')), tie('object')),
    )
    .chain(([name, value]) =>
      fc.tuple(space, space, space, space).map(([a, b, c, d]) => `${a}${name}${b}:${c}${value}${d}`),
    ),
  object: fc.array(tie('member'), { maxLength: 6 }).map((members) => `{${members.join(',') || ' '}}`),
  array: fc
    .array(fc.tuple(space, tie('json'), space), { maxLength: 3 })
    .map((items) => `[${items.map((item) => item.join('')).join(',') || '\n'}]`),
}));
const body = fc.oneof({ weight: 9, arbitrary: object }, json);
const cuts = fc.array(fc.nat({ max: 400 }), { maxLength: 40 });

test('the facts of any JSON with the known names are those of JSON.parse, however it is split', () => {
  fc.assert(
    fc.property(fc.tuple(space, body, space), cuts, (parts, at) => {
      const bytes = Buffer.from(parts.join(''));
      assertAsParsed([bytes]);
      assertAsParsed(split(bytes, at));
      assertAsParsed(singleBytes(bytes));
    }),
    { numRuns: 2000 },
  );
});

test('the facts of any JSON value are those of JSON.parse, compact or indented', () => {
  fc.assert(
    fc.property(
      fc.jsonValue({ stringUnit: 'binary' }),
      fc.constantFrom(0, 2, '\t'),
      cuts,
      (value, indent, at) => {
        assertAsParsed(split(Buffer.from(JSON.stringify(value, null, indent)), at));
      },
    ),
  );
});

test('any bytes are read without an error, and alike however they are split', () => {
  const damaged = fc
    .tuple(body, fc.nat({ max: 300 }), fc.nat({ max: 3 }), fc.uint8Array({ maxLength: 3 }))
    .map(([whole, at, removed, added]) => {
      const bytes = Buffer.from(whole);
      return Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(at + removed)]);
    });
  const structural = fc
    .string({
      unit: fc.constantFrom('"', '\\', '{', '}', '[', ']', ',', ':', ' ', '1', '"model"', '"tools"'),
    })
    .map((it) => Buffer.from(it));
  const garbage = fc.uint8Array({ maxLength: 300 }).map((it) => Buffer.from(it));
  fc.assert(
    fc.property(fc.oneof(damaged, structural, garbage), cuts, (bytes, at) => {
      const facts = scan(bytes);
      assert.deepEqual(scan(...split(bytes, at)), facts);
      assert.deepEqual(scan(...singleBytes(bytes)), facts);
      if (isJson(bytes.toString())) assertAsParsed([bytes]);
    }),
    { numRuns: 3000 },
  );
});

function isJson(input: string): boolean {
  try {
    JSON.parse(input);
    return true;
  } catch {
    return false;
  }
}

test('a body split in two anywhere gives the same facts', () => {
  const whole = Buffer.from(
    String.raw`{"a\"\\":"\\\"","b":[{"c\\\"":"\"]\\"}],"\u006dodel":"m\"\\","metadata":{"\"":"\\","user_id":"\\"}}`,
  );
  assert.deepEqual([scan(whole).model, scan(whole).userId], ['m"\\', '\\']);
  for (let at = 0; at <= whole.length; at += 1) assertAsParsed(split(whole, [at]));
});

test('a body cut short anywhere tells nothing', () => {
  const whole = Buffer.from(
    '{"model":"m","metadata":{"user_id":"u"},"tools":[{"a":["\\\\"]}],"stream":true}',
  );
  for (let length = 0; length < whole.length; length += 1) {
    assert.deepEqual(scan(whole.subarray(0, length)), nothingKnown, `cut after ${length} bytes`);
  }
});

for (const [what, input] of [
  ['nothing', ''],
  ['white space', ' \n'],
  ['an array', '[{"model":"m"}]'],
  ['a string', '"model"'],
  ['a byte order mark before the object', '\uFEFF{"model":"m"}'],
  ['a second object', '{"model":"m"}{"model":"n"}'],
  ['a closing bracket too many', '{"model":"m"}}'],
  ['a comma before the end', '{"model":"m",}'],
  ['a comma at the beginning', '{,"model":"m"}'],
  ['members without a comma', '{"model":"m" "stream":true}'],
  ['a key without a value', '{"model":}'],
  ['a key without a colon', '{"model" "m"}'],
  ['a key that is no string', '{model:"m"}'],
  ['a key with a wrong escape', '{"\\model":"m"}'],
  ['a line break in the model', '{"model":"a\nb"}'],
  ['a misspelt word for stream', '{"model":"m","stream":True}'],
  ['white space that JSON does not know', '{\u00a0"model":"m"}'],
  ['text in UTF-16', Buffer.from('{"model":"m"}', 'utf16le')],
] as const) {
  test(`a body with ${what} tells nothing`, () => {
    assert.deepEqual(scan(input), nothingKnown);
  });
}

for (const [what, input, model] of [
  ['no model', '{"messages":[{"model":"inner"}]}', undefined],
  ['a model that is no string', '{"model":{"model":"inner"}}', undefined],
  ['two models', '{"model":"first","model":"last"}', 'last'],
  ['a later model that is no string', '{"model":"first","model":null}', undefined],
  ['an escaped key', '{"\\u006dodel":"m"}', 'm'],
  ['an escaped key after a plain one', '{"model":"first","mode\\u006C":"last"}', 'last'],
  ['an escaped model', '{"model":"\\u0063laude\\"\\\\"}', 'claude"\\'],
  ['a model in other letters', '{"Model":"m"}', undefined],
  ['a model under __proto__', '{"__proto__":{"model":"m"}}', undefined],
  ['a text that looks like a model', '{"system":"\\",\\"model\\":\\"x\\"","model":"m"}', 'm'],
  ['a text that ends in backslashes', '{"system":"\\\\\\\\","model":"m"}', 'm'],
  ['invalid UTF-8 in the model', Buffer.from('{"model":"m\xff"}', 'latin1'), 'm\uFFFD'],
] as const) {
  test(`the model of a body with ${what} is ${model ?? 'not known'}`, () => {
    assertAsParsed([Buffer.from(input)]);
    assert.equal(scan(input).model, model);
  });
}

test('a model after 30 MB is found, and its place with it', () => {
  const before = Buffer.from(`{"messages":[{"content":"${'x\\"'.repeat(10_000_000)}"}],"model":`);
  const whole = Buffer.concat([before, Buffer.from('"m"}')]);
  const edges = Array.from({ length: whole.length / 65_536 }, (_, i) => (i + 1) * 65_536);
  const { model, modelAt } = scan(...split(whole, edges));
  assert.equal(model, 'm');
  assert.deepEqual(modelAt, [before.length, before.length + 3]);
});

test('a hundred thousand brackets in one another are counted', () => {
  const deep = `${'[{"a":'.repeat(50_000)}1${'}]'.repeat(50_000)}`;
  assert.equal(scan(`{"tools":${deep},"model":"m"}`).model, 'm');
  assert.equal(scan(`{"metadata":{"x":${deep},"user_id":"u"}}`).userId, 'u');
});

for (const [what, input, fact] of [
  ['stream as text', '{"stream":"true"}', {}],
  ['stream turned off later', '{"stream":true,"stream":false}', {}],
  ['the whole of the last metadata', '{"metadata":{"user_id":"u"},"metadata":{}}', {}],
  ['no metadata after its removal', '{"metadata":{"user_id":"u"},"metadata":null}', {}],
  ['the last user id', '{"metadata":{"user_id":"u","user_id":"v"}}', { userId: 'v' }],
  ['no user id of an inner object', '{"metadata":{"metadata":{"user_id":"u"}}}', {}],
  ['no user id at the top', '{"user_id":"u","metadata.user_id":"u"}', {}],
  ['no user id in an array', '{"metadata":[{"user_id":"u"}]}', {}],
  ['a conversation', '{"conversation_id":"c"}', { conversationId: 'c' }],
  ['no conversation of metadata', '{"metadata":{"conversation_id":"c"}}', {}],
  ['tools', '{"tools":[ {} ]}', { hasTools: true }],
  ['tools of any kind', '{"tools":[null]}', { hasTools: true }],
  ['no tools in an empty array', '{"tools":[ \n ]}', {}],
  ['no tools in an object', '{"tools":{"tools":[1]}}', {}],
  ['the last tools', '{"tools":[1],"tools":[]}', {}],
  ['a format', '{"output_config":{"format":{"type":"json_schema"}}}', { hasOutputFormat: true }],
  ['a format of any kind', '{"output_config":{"format":false}}', { hasOutputFormat: true }],
  ['no format of null', '{"output_config":{"format":{},"format":null}}', {}],
  ['no format at the top', '{"format":{},"output_config":{}}', {}],
  ['the last output_config', '{"output_config":{"format":{}},"output_config":{"effort":"low"}}', {}],
] as const) {
  test(`of a body is known: ${what}`, () => {
    assertAsParsed([Buffer.from(input)]);
    assert.deepEqual(scan(input), { ...nothingKnown, ...fact });
  });
}

for (const [length, known] of [
  [4096, true],
  [4097, false],
] as const) {
  test(`a model of ${length} bytes with its quotes is ${known ? '' : 'not '}known, however it is split`, () => {
    const model = 'm'.repeat(length - 2);
    const whole = Buffer.from(JSON.stringify({ model, stream: true }));
    for (const pieces of [[whole], split(whole, [2000, 4000]), singleBytes(whole)]) {
      const facts = scan(...pieces);
      assert.equal(facts.model, known ? model : undefined);
      assert.deepEqual(facts.modelAt, known ? [9, 9 + length] : undefined);
      assert.equal(facts.stream, true);
    }
  });
}

test('a model that is too long does not let an earlier one count', () => {
  assert.equal(scan(`{"model":"m","model":"${'m'.repeat(5000)}"}`).model, undefined);
});

test('a key that is too long is passed over', () => {
  assert.equal(scan(`{"${'k'.repeat(5000)}":"x","model":"m"}`).model, 'm');
});

test('another model changes the model and nothing else, however the body is split', () => {
  const withAModel = fc
    .tuple(
      fc.array(fc.tuple(literalOf(content), json)),
      literalOf(content),
      fc.array(fc.tuple(literalOf(fc.string()), json)),
    )
    .map(([before, model, after]) => [
      ...before,
      ['"model"', model],
      ...after.filter(([it]) => JSON.parse(it) !== 'model'),
    ])
    .map((members) => `{${members.map((member) => member.join(': ')).join(', ')}}`);
  fc.assert(
    fc.property(withAModel, content, cuts, (whole, model, at) => {
      const bytes = Buffer.from(whole);
      const { modelAt } = scan(bytes);
      assert.ok(modelAt);
      for (const pieces of [[bytes], split(bytes, at), singleBytes(bytes)]) {
        const changed = Buffer.concat(withModel(pieces, modelAt, model));
        assert.deepEqual(JSON.parse(changed.toString()), { ...JSON.parse(whole), model });
        const literal = Buffer.from(JSON.stringify(model));
        assert.deepEqual(
          changed,
          Buffer.concat([bytes.subarray(0, modelAt[0]), literal, bytes.subarray(modelAt[1])]),
        );
      }
    }),
  );
});

test('another model replaces the last of several', () => {
  const whole = Buffer.from('{"model":"a", "model" : "b" ,"x":1}');
  const { modelAt } = scan(whole);
  assert.ok(modelAt);
  const changed = Buffer.concat(withModel([whole], modelAt, 'ü"'));
  assert.equal(changed.toString(), '{"model":"a", "model" : "ü\\"" ,"x":1}');
});

test('the bytes around another model are views of the body', () => {
  const pieces = ['{"system":"x",', '"model":"o', 'l', 'd","stream":true', '}'].map((it) => Buffer.from(it));
  const { modelAt } = scan(...pieces);
  assert.ok(modelAt);
  const changed = withModel(pieces, modelAt, 'new');
  assert.deepEqual(changed.map(String), ['{"system":"x",', '"model":', '"new"', ',"stream":true', '}']);
  for (const [view, piece] of [
    [changed[0], pieces[0]],
    [changed[1], pieces[1]],
    [changed[3], pieces[3]],
    [changed[4], pieces[4]],
  ]) {
    piece?.fill('-');
    assert.match(String(view), /^-+$/);
  }
});
