import './memory.ts';
import { createHash, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { parseArgs } from 'node:util';
import { parseConfigFile } from '../core/configFile.ts';
import { isProxyUrl } from '../core/corporateProxy.ts';
import {
  affinityPath,
  defaultHomeFolder,
  HomeError,
  historyPath,
  openHome,
  openQueueKey,
} from '../protocol/home.ts';
import { version } from '../protocol/version.ts';
import { configProblemText } from './configProblemText.ts';
import { createDataPlane } from './dataPlane.ts';
import { PortTakenError } from './gateway.ts';

/*
 * The proxy without an editor: configuration from a file, for containers, tests and benchmarks.
 */

const usage =
  'usage: serve --config FILE [--port N] [--token T | --no-token] [--state DIR]\n' +
  '  --config FILE  profiles, endpoints and keys, as JSON\n' +
  '  --port N       port on 127.0.0.1, 0 for any free one (default 7860)\n' +
  '  --token T      token that clients must show (default: the one in the state folder)\n' +
  '  --no-token     serve every local client\n' +
  '  --state DIR    folder for token and state (default ~/.qcc)\n';

/** How long running streams may take to end, in milliseconds. */
const drainLimitMs = 60_000;
/** How long clients may take to send the next request on a connection that they keep, in milliseconds. */
const quietMs = 2_000;

/** What is wrong with how the server was called; exit code 2. */
class UsageError extends Error {}

interface Options {
  readonly config: string;
  readonly port: number;
  readonly token: string | null;
  /** Undefined when nothing is to be kept: a port that is never the same has no next run. */
  readonly stateFolder: string | undefined;
}

function readOptions(): Options {
  const { values } = parseArguments();
  if (values.config === undefined) throw new UsageError(`--config is missing\n${usage}`);
  if (values.token !== undefined && values['no-token']) {
    throw new UsageError(`--token and --no-token exclude each other\n${usage}`);
  }
  if (values.token === '') throw new UsageError('--token must not be empty');
  const port = Number(values.port ?? 7860);
  if (!/^\d+$/.test(values.port ?? '7860') || port > 65_535) {
    throw new UsageError(`--port must be a number from 0 to 65535, not ${values.port}`);
  }
  const token = values['no-token'] ? null : (values.token ?? openHome(values.state).token);
  const stateFolder = values.state ?? (port === 0 ? undefined : defaultHomeFolder());
  return { config: values.config, port, token, stateFolder };
}

function parseArguments() {
  try {
    return parseArgs({
      options: {
        config: { type: 'string' },
        port: { type: 'string' },
        token: { type: 'string' },
        'no-token': { type: 'boolean' },
        state: { type: 'string' },
      },
    });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n${usage}`);
  }
}

function readConfig(file: string) {
  let text: string;
  try {
    text = fs.readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
  const result = parseConfigFile(text, idOf);
  if (!result.ok)
    throw new UsageError(
      [`${file} is not a valid configuration:`, ...result.problems.map(configProblemText)].join('\n'),
    );
  return result;
}

/** The same name has the same id in every run, so that what is kept of an endpoint finds it again. */
function idOf(path: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(path)).digest('base64url').slice(0, 22);
}

async function serve(): Promise<void> {
  process.umask(0o077);
  // Whoever read the log may be gone; that is no reason to stop serving.
  process.stderr.on('error', () => undefined);
  const options = readOptions();
  const { contents, unknownKeys } = readConfig(options.config);
  const nothing = () => undefined;
  const { gateway, documents, log, queueKeys, listen, drain } = createDataPlane({
    version,
    network: networkFromEnvironment(),
    token: () => options.token,
    affinityFile: options.stateFolder && affinityPath(options.stateFolder, options.port),
    historyFile: options.stateFolder && historyPath(options.stateFolder, options.port),
    stateChanged: nothing,
    // Nobody changes it here.
    revisionId: () => randomUUID(),
    documentChanged: nothing,
    inFlightChanged: nothing,
  });
  await listen(options.port);
  try {
    // Only what outlives this process has to be readable for the next one.
    if (options.stateFolder !== undefined) queueKeys.add(openQueueKey(options.stateFolder));
  } catch (error) {
    const code = error instanceof HomeError ? error.problem : 'unusable';
    log.write({ level: 'warn', event: 'queueKeyNotKept', code });
  }
  process.stdout.write(
    `${JSON.stringify({ event: 'listening', url: `http://127.0.0.1:${gateway.port}`, token: options.token, pid: process.pid })}\n`,
  );
  log.listen((entry) => process.stderr.write(`${JSON.stringify(entry)}\n`));
  for (const path of unknownKeys) process.stderr.write(`${JSON.stringify({ event: 'unknownKey', path })}\n`);
  documents.sync({ ...contents, storeId: randomUUID(), revision: 1, lineage: [randomUUID()] });

  let ending = false;
  const end = async () => {
    if (ending) return;
    ending = true;
    const drained = drain(drainLimitMs, quietMs);
    // Whoever reads it may rely on the port being free.
    log.write({ level: 'info', event: 'draining', pid: process.pid });
    await drained;
    process.exit(0);
  };
  process.on('SIGTERM', () => void end());
  process.on('SIGINT', () => void end());
}

/** Without an editor, and so without its settings, the usual variables say how servers are reached. */
function networkFromEnvironment() {
  const { env } = process;
  const proxyUrl = env.https_proxy || env.HTTPS_PROXY || env.http_proxy || env.HTTP_PROXY || '';
  return {
    proxyUrl: isProxyUrl(proxyUrl) ? proxyUrl : null,
    noProxy: (env.no_proxy ?? env.NO_PROXY ?? '').split(',').filter((host) => host !== ''),
    strictSsl: true,
    systemCertificates: true,
  };
}

serve().catch((error: unknown) => {
  if (error instanceof UsageError) {
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
  }
  const message =
    error instanceof PortTakenError
      ? 'The port is taken by another program. Choose another one with --port.'
      : String((error as Error).stack);
  process.stderr.write(`${message}\n`);
  process.exit(1);
});
