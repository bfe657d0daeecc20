import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import type { ClaudeCodeTarget } from '../../src/protocol/clients.ts';
import { ClaudeCode } from '../../src/proxy/claudeCode/claudeCode.ts';

/*
 * A process that is killed just before it puts a file into its place: `killedClaudeCode.ts STEP N RECORD TARGET PORT`, where
 * N counts the files from 1. It ends by itself when there are not that many.
 */

const [step, nth, recordPath = '', target = '', port] = process.argv.slice(2);
const { rename } = fs.promises;
let count = 0;
fs.promises.rename = async (from, to) => {
  count += 1;
  if (count === Number(nth)) process.kill(process.pid, 'SIGKILL');
  await rename(from, to);
};
// Who imports it by its name gets this one, too.
syncBuiltinESMExports();

const claudeCode = new ClaudeCode({
  recordPath,
  access: () => ({ port: Number(port), token: 'local-token' }),
  log: () => undefined,
  changed: () => undefined,
});
const run: Record<string, () => Promise<unknown>> = {
  configure: () => claudeCode.configure(JSON.parse(target) as ClaudeCodeTarget),
  start: () => claudeCode.start(),
  leave: () => claudeCode.leave(),
  restore: () => claudeCode.restore(),
};
await run[step ?? '']?.();
