import { defaultSettings, settings } from '../../src/extension/contributions.ts';
import { historyPath, openHome } from '../../src/protocol/home.ts';
import { writeDemoPast } from './demoPast.ts';
import { freePort, temporaryHome } from './linkedWindow.ts';
import { bringConfiguration, demoContents } from './qccEditor.ts';
import { startSimulatedEndpoint } from './simulatedEndpoint.ts';

const defaultPort = 7860;
const keyOf = ({ name }: { name: string }): string => `demo-key-of-${name}`;
/** A short breaker and frequent checks, so that there is something to see. */
const routing = { ...defaultSettings.routing, breakerThreshold: 1, breakerSeconds: 30 };
const health = { ...defaultSettings.health, intervalSeconds: 10 };
/** What the second endpoint answers, one after the other, and for how long each, in milliseconds. */
const troubles = [500, undefined, 429, undefined];
const troubleMs = 20_000;
const askMs = 5_000;

/** What an editor shows: a running proxy with a profile, a past and traffic. */
export interface Demo {
  /** What an editor has to be set to. */
  readonly settings: Record<string, unknown>;
  /** What there is to try, for whoever started it. */
  readonly advice: string;
  /** Ends everything that it has started, and removes what that has written. */
  end(): Promise<void>;
}

/**
 * Starts simulated endpoints, one that is fine, one that has trouble now and then, one that refuses its key, one that says
 * the same whatever it is asked, and another one as a backup, and a proxy in front of them. A past of thirty days is made
 * up, and a request goes out every few seconds, so that there is something to see. Nothing leaves this machine.
 *
 * It is one more window to the proxy: it starts it and brings the profile, and the editor takes that over.
 */
export async function startDemo(): Promise<Demo> {
  const endpoints = await Promise.all([
    startSimulatedEndpoint({
      name: 'relay-a',
      key: keyOf({ name: 'relay-a' }),
      firstTokenMs: 400,
      tokensPerSecond: 25,
    }),
    startSimulatedEndpoint({
      name: 'relay-b',
      key: keyOf({ name: 'relay-b' }),
      firstTokenMs: 700,
      tokensPerSecond: 40,
    }),
    startSimulatedEndpoint({ name: 'relay-c', key: 'another key' }),
    startSimulatedEndpoint({ name: 'relay-d', key: keyOf({ name: 'relay-d' }) }),
  ]);
  endpoints[3].say('Your free trial has ended. Please visit our web site to go on.');
  const backup = await startSimulatedEndpoint({ name: 'backup', key: keyOf({ name: 'backup' }) });

  let round = 0;
  const nextTrouble = () => {
    endpoints[1].refuse(troubles[round % troubles.length]);
    round += 1;
  };
  nextTrouble();
  const troubleTimer = setInterval(nextTrouble, troubleMs);

  const home = temporaryHome();
  const port = (await isFree(defaultPort)) ? defaultPort : await freePort();
  const contents = demoContents('demo', endpoints, keyOf, [300, 100, 100, 1], [backup]);
  writeDemoPast(historyPath(home.folder, port), Date.now(), contents.configuration.profiles);
  const { link } = await bringConfiguration(home.folder, port, contents, { routing, health });
  const { token } = openHome(home.folder);
  const request = { model: 'claude-sonnet-5-5', max_tokens: 200, stream: true };
  const body = JSON.stringify({ ...request, messages: [{ role: 'user', content: 'Hello from QCC' }] });
  const ask = () =>
    fetch(`http://127.0.0.1:${port}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': token, 'content-type': 'application/json' },
      body,
    })
      .then((answer) => answer.text())
      // It shows in the editor.
      .catch(() => undefined);
  const askTimer = setInterval(() => void ask(), askMs);
  const advice = `The QCC view in the activity bar shows the demo profile, and a terminal of the editor is already pointed at the
proxy. A request through it, streamed by a simulated endpoint:

  curl -N http://127.0.0.1:${port}/v1/messages -H 'x-api-key: ${token}' -H 'content-type: application/json' \\
    -d '${body}'

Send it some times: every request is answered, though relay-b fails now and then and relay-c refuses its key. Within
some seconds a check finds out that relay-d says the same whatever it is asked. The view shows what becomes of them.
`;

  return {
    settings: {
      [settings.port]: port,
      [settings.stateFolder]: home.folder,
      [settings.breakerThreshold]: routing.breakerThreshold,
      [settings.breakerSeconds]: routing.breakerSeconds,
      [settings.healthInterval]: health.intervalSeconds,
    },
    advice,
    end: async () => {
      clearInterval(troubleTimer);
      clearInterval(askTimer);
      await link.stop();
      await link.dispose();
      await Promise.all([...endpoints, backup].map((endpoint) => endpoint.close()));
      home.remove();
    },
  };
}

async function isFree(candidate: number): Promise<boolean> {
  return (await freePort(candidate).catch(() => undefined)) === candidate;
}
