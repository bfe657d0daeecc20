import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { answers, type Break, breaksOff } from '../support/answers.ts';
import { claudeCodeHeaders, streamedRequest } from '../support/claudeCode.ts';
import { type Gate, gate } from '../support/gate.ts';
import { modelGroups } from '../support/modelGroups.ts';
import { type OpenCall, open } from '../support/proxyClient.ts';
import { type Script, startUpstream } from '../support/scriptedUpstream.ts';
import { configOf, startProxy } from '../support/servedProxy.ts';
import {
  blockStart,
  chunk,
  errorEvent,
  event,
  lastChunk,
  messageDelta,
  messageStop,
  overloadedError,
  ping,
  startOf,
  stopOf,
  streamHead,
  textDelta,
  textStart,
  thinkingDelta,
  thinkingStart,
  toolDelta,
  toolStart,
} from '../support/wire.ts';

/*
 * Answers that break off after bytes of them have reached the client. No other endpoint is asked; a client that goes
 * on by itself gets a message that is closed, every other one a broken connection.
 */

const start = startOf('msg_cut') + ping;
const text = textStart() + textDelta('half');
const wholeText = text + stopOf(0);
const thinking = thinkingStart() + thinkingDelta('hm');
const halfTool = toolStart(1) + toolDelta('{"path":', 1);
const wholeTool = halfTool + toolDelta('"x"}', 1) + stopOf(1);

const closed = (stopReason: string) =>
  new RegExp(
    `^event: message_delta\ndata: .*"stop_reason":"${stopReason}".*\n\nevent: message_stop\ndata: .*\n\n$`,
  );

interface Cut {
  readonly events: string;
  /** What reaches a client that goes on by itself, before what closes the message. */
  readonly shown: string;
  /** What closes it, or undefined when it cannot be closed. */
  readonly closing: RegExp | undefined;
}

const cuts: Record<string, Cut> = {
  'after a text delta': {
    events: start + text,
    shown: start + text + stopOf(0),
    closing: closed('max_tokens'),
  },
  'inside an event': {
    events: start + text + textDelta('more').slice(0, 40),
    shown: start + text + stopOf(0),
    closing: closed('max_tokens'),
  },
  'after a completed block': {
    events: start + wholeText,
    shown: start + wholeText,
    closing: closed('max_tokens'),
  },
  'inside a tool call': {
    events: start + wholeText + halfTool,
    shown: start + wholeText,
    closing: closed('max_tokens'),
  },
  'after a completed tool call': {
    events: start + wholeText + wholeTool,
    shown: start + wholeText + wholeTool,
    closing: closed('tool_use'),
  },
  'inside the second tool call': {
    events: start + wholeText + wholeTool + halfTool.replaceAll('"index":1', '"index":2'),
    shown: start + wholeText + wholeTool,
    closing: closed('tool_use'),
  },
  'inside thinking': { events: start + thinking, shown: start + thinking, closing: undefined },
  'inside thinking after a text': {
    events: start + wholeText + thinking.replaceAll('"index":0', '"index":1'),
    shown: start + wholeText + thinking.replaceAll('"index":0', '"index":1'),
    closing: undefined,
  },
  'after thinking alone': {
    events: start + thinking + stopOf(0),
    shown: start + thinking + stopOf(0),
    closing: undefined,
  },
  'inside a block of a kind that nobody knows': {
    events:
      start + wholeText + blockStart(1, { type: 'server_tool_use', id: 'x', name: 'search', input: {} }),
    shown: start + wholeText + blockStart(1, { type: 'server_tool_use', id: 'x', name: 'search', input: {} }),
    closing: undefined,
  },
};

const row16: Record<string, string> = { cleanEnd: 'a clean end', close: 'a close', reset: 'a reset' };

interface Case {
  readonly title: string;
  readonly script: (seen: Promise<void>) => Script;
  readonly cut: Cut;
  /** What a client gets that does not go on by itself; default all that was sent. */
  readonly passedOn?: string;
}

const cases: Case[] = [
  ...Object.entries(cuts).flatMap(([where, cut]) =>
    (['reset', 'close', 'cleanEnd'] as const).map((how: Break) => ({
      title: `row ${how === 'cleanEnd' ? 16 : 15}: ${row16[how]} ${where}`,
      script: (seen: Promise<void>) => breaksOff(cut.events, how, seen),
      cut,
    })),
  ),
  {
    title: 'row 16: a body that ends with its connection, inside an event',
    script: (seen) => async (exchange) => {
      await exchange.send('HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n');
      await exchange.send(start + text + textDelta('more').slice(0, 40));
      await seen;
      exchange.end();
    },
    cut: {
      events: start + text + textDelta('more').slice(0, 40),
      shown: start + text + stopOf(0),
      closing: closed('max_tokens'),
    },
  },
  {
    title: 'row 18: silence after a text delta',
    script: () => async (exchange) => {
      await exchange.send(streamHead);
      await exchange.send(chunk(start + text));
      await exchange.closed;
    },
    cut: { events: start + text, shown: start + text + stopOf(0), closing: closed('max_tokens') },
  },
  {
    title: 'row 18: silence inside thinking',
    script: () => async (exchange) => {
      await exchange.send(streamHead);
      await exchange.send(chunk(start + thinking));
      await exchange.closed;
    },
    cut: { events: start + thinking, shown: start + thinking, closing: undefined },
  },
];

const errorCases = {
  'an overloaded_error': overloadedError,
  'an api_error': errorEvent('api_error', 'Internal server error'),
  'a rate_limit_error': errorEvent('rate_limit_error', 'slow down'),
};

const scope = { after };
const groups = modelGroups();

/** An endpoint that breaks off and one that must not be asked. */
async function pair(script: (seen: Promise<void>) => Script) {
  const seen: Gate = gate();
  const e1 = await startUpstream(scope, script(seen.opened));
  const e2 = await startUpstream(scope, answers('never'));
  return { e1, e2, seen, model: groups.add(e1.endpoint(), e2.endpoint()) };
}

type Pair = Awaited<ReturnType<typeof pair>>;

const cutPairs = await Promise.all(
  cases.map(async (each) => ({
    ...each,
    other: await pair(each.script),
    claudeCode: await pair(each.script),
  })),
);
const errorPairs = await Promise.all(
  Object.entries(errorCases).map(async ([what, error]) => {
    const script = () => breaksOff(start + text + error, 'cleanEnd');
    return { what, error, other: await pair(script), claudeCode: await pair(script) };
  }),
);
const endings = {
  'a clean end': 'cleanEnd',
  'a close': 'close',
} as const;
const almostWhole = start + wholeText + messageDelta;
const stopReasonPairs = await Promise.all(
  Object.entries(endings).map(async ([what, how]) => {
    const script = (seen: Promise<void>) => breaksOff(almostWhole, how, seen);
    return { what, other: await pair(script), claudeCode: await pair(script) };
  }),
);
const routing = { patienceSeconds: 0, timeouts: { idle: 1500 } };
const proxy = await startProxy(scope, configOf(groups.endpoints, routing));

const begin = ({ model }: Pair, headers: readonly string[]): Promise<OpenCall> =>
  open(proxy, { body: streamedRequest(model), headers });

/** What a client got in all, and how it ended; `expected` is what it is to read before the upstream goes on. */
async function readThrough(stream: OpenCall, expected: string, { seen }: Pair) {
  const first = await stream.body.exactly(Buffer.byteLength(expected));
  seen.open();
  const end = await stream.body.finished();
  const rest = await stream.body.rest();
  return { end, text: Buffer.concat([first, rest]).toString() };
}

async function outcomeOf({ e1, e2 }: Pair): Promise<unknown> {
  const [line] = await proxy.attemptsAt([e1.name, e2.name], 1);
  assert.equal(e1.requests.length, 1);
  assert.equal(e2.requests.length, 0);
  return line?.outcome;
}

describe('for any client', { concurrency: 8 }, () => {
  for (const { title, cut, other } of cutPairs) {
    test(`${title} breaks the connection behind what was sent`, async () => {
      const stream = await begin(other, []);
      const { text, end } = await readThrough(stream, cut.events, other);

      assert.equal(text, cut.events);
      assert.equal(end, 'broken');
      assert.equal(await outcomeOf(other), 'broken');
    });
  }

  for (const { what, error, other } of errorPairs) {
    test(`row 14: ${what} event after text is passed on as it came`, async () => {
      const stream = await begin(other, []);

      assert.equal(
        (await stream.body.exactly((start + text + error).length)).toString(),
        start + text + error,
      );
      await stream.body.finished();
      assert.equal(stream.body.available, 0);
      assert.equal(await outcomeOf(other), 'broken');
    });
  }

  for (const { what, other } of stopReasonPairs) {
    test(`row 17: ${what} behind a stop reason, without message_stop, is clean`, async () => {
      const stream = await begin(other, []);
      const { text, end } = await readThrough(stream, almostWhole, other);

      assert.equal(text, almostWhole);
      assert.equal(end, 'clean');
      await outcomeOf(other);
    });
  }
});

describe('for Claude Code', { concurrency: 8 }, () => {
  for (const { title, cut, claudeCode } of cutPairs) {
    test(`${title} ${cut.closing ? 'closes the message' : 'breaks the connection'}`, async () => {
      const { shown, closing } = cut;
      const stream = await begin(claudeCode, claudeCodeHeaders());
      // A text that is open is closed only after the cut.
      const before = cut.events.startsWith(shown) ? shown : shown.slice(0, -stopOf(0).length);
      const { text, end } = await readThrough(stream, before, claudeCode);

      assert.equal(text.slice(0, shown.length), shown);
      if (closing) {
        assert.match(text.slice(shown.length), closing);
        assert.equal(end, 'clean');
        assert.equal(await outcomeOf(claudeCode), 'rescued');
      } else {
        assert.equal(text, shown);
        assert.equal(end, 'broken');
        assert.equal(await outcomeOf(claudeCode), 'broken');
      }
    });
  }

  for (const { what, claudeCode } of errorPairs) {
    test(`row 14: ${what} event after text closes the message and is not shown`, async () => {
      const stream = await begin(claudeCode, claudeCodeHeaders());
      const { text: got, end } = await readThrough(stream, start + text, claudeCode);

      const shown = start + text + stopOf(0);
      assert.equal(got.slice(0, shown.length), shown);
      assert.match(got.slice(shown.length), closed('max_tokens'));
      assert.equal(end, 'clean');
      assert.equal(await outcomeOf(claudeCode), 'rescued');
    });
  }

  for (const { what, claudeCode } of stopReasonPairs) {
    test(`row 17: ${what} behind a stop reason is clean`, async () => {
      const stream = await begin(claudeCode, claudeCodeHeaders());
      const { text: got, end } = await readThrough(stream, almostWhole, claudeCode);

      assert.ok([almostWhole, almostWhole + messageStop].includes(got));
      assert.equal(end, 'clean');
      await outcomeOf(claudeCode);
    });
  }

  test('a message without a fault is passed on to the byte, tool calls too', async (t) => {
    const whole = start + wholeText + wholeTool + ping + messageDelta + messageStop;
    const e1 = await startUpstream(t, async (exchange) => {
      await exchange.send(streamHead);
      for (const byte of Buffer.from(whole)) await exchange.send(chunk(Buffer.of(byte)));
      await exchange.send(lastChunk);
    });
    const own = await startProxy(t, configOf([e1.endpoint()], routing));

    const stream = await open(own, { body: streamedRequest(), headers: claudeCodeHeaders() });

    assert.equal((await stream.body.rest()).toString(), whole);
    assert.equal(await stream.body.finished(), 'clean');
  });

  test('with rescueTurns off the connection breaks, as for any client', async (t) => {
    const seen = gate();
    const e1 = await startUpstream(t, breaksOff(start + text, 'reset', seen.opened));
    const own = await startProxy(t, configOf([e1.endpoint()], { ...routing, rescueTurns: false }));

    const stream = await open(own, { body: streamedRequest(), headers: claudeCodeHeaders() });
    await stream.body.exactly((start + text).length);
    seen.open();

    assert.equal(await stream.body.finished(), 'broken');
    assert.equal(stream.body.available, 0);
  });

  test('a conversation is rescued three times in a row, not a fourth time', async (t) => {
    const e1 = await startUpstream(t, breaksOff(start + text, 'cleanEnd'));
    const own = await startProxy(t, configOf([e1.endpoint()], { ...routing, breakerThreshold: 100 }));
    const headers = claudeCodeHeaders();

    const ends: string[] = [];
    for (let turn = 0; turn < 4; turn += 1) {
      const stream = await open(own, { body: streamedRequest(), headers });
      ends.push(await stream.body.finished());
    }

    assert.deepEqual(ends, ['clean', 'clean', 'clean', 'broken']);
  });

  test('a turn that is whole lets the next three be rescued', async (t) => {
    const cut = breaksOff(start + text, 'cleanEnd');
    const e1 = await startUpstream(t, [cut, cut, cut, answers('whole'), cut, cut, cut, cut]);
    const own = await startProxy(t, configOf([e1.endpoint()], { ...routing, breakerThreshold: 100 }));
    const headers = claudeCodeHeaders();

    const ends: string[] = [];
    for (let turn = 0; turn < 8; turn += 1) {
      const stream = await open(own, { body: streamedRequest(), headers });
      ends.push(await stream.body.finished());
    }

    assert.deepEqual(ends, [...Array.from({ length: 7 }, () => 'clean'), 'broken']);
  });

  test('a request of another class than a turn is not rescued', async (t) => {
    const e1 = await startUpstream(t, breaksOff(start + text, 'cleanEnd'));
    const own = await startProxy(t, configOf([e1.endpoint()], routing));
    const headers = claudeCodeHeaders().map((value) => (value === 'main' ? 'auxiliary' : value));

    const stream = await open(own, { body: streamedRequest(), headers });

    assert.equal(await stream.body.finished(), 'broken');
  });

  test('a tool call is kept until it is complete, and pings of the endpoint pass meanwhile', async (t) => {
    const go = gate();
    const e1 = await startUpstream(t, async (exchange) => {
      await exchange.send(streamHead);
      await exchange.send(chunk(start + wholeText + halfTool + event('ping')));
      await go.opened;
      await exchange.send(chunk(wholeTool.slice(halfTool.length) + messageDelta + messageStop));
      await exchange.send(lastChunk);
    });
    const own = await startProxy(t, configOf([e1.endpoint()], routing));

    const stream = await open(own, { body: streamedRequest(), headers: claudeCodeHeaders() });
    const before = start + wholeText + ping;
    assert.equal((await stream.body.exactly(before.length)).toString(), before);
    assert.equal(stream.body.available, 0);
    go.open();

    assert.equal((await stream.body.rest()).toString(), wholeTool + messageDelta + messageStop);
  });
});
