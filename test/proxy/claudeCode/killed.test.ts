import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ClaudeFolder } from '../../support/claudeFolder.ts';
import { onEnd } from '../../support/scope.ts';

/* A process that is killed between writing a file and putting it into its place, at each such point. */

const script = fileURLToPath(new URL('../../support/killedClaudeCode.ts', import.meta.url));
const settings = '{\n  "env": {\n    "ANTHROPIC_AUTH_TOKEN": "sk-own" // mine\n  }\n}\n';

/** Runs a step in a process that is killed before its nth file is in place. @returns false when it came to its end */
async function killedIn(
  t: TestContext,
  folder: ClaudeFolder,
  { step, nth, port = 7860 }: { step: string; nth: number; port?: number },
): Promise<boolean> {
  const args = [step, String(nth), folder.recordPath, JSON.stringify(folder.target), String(port)];
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
  onEnd(t, () => child.kill('SIGKILL'));
  const [code, signal] = await once(child, 'exit');
  assert.ok(signal === 'SIGKILL' || code === 0, `${code} ${signal}`);
  return signal === 'SIGKILL';
}

/** How a step begins: in a folder where nothing of ours is, or where an earlier proxy has left its entries. */
const steps: [step: string, port: number, isIn: boolean][] = [
  ['configure', 7860, false],
  ['start', 7999, true],
  ['leave', 7860, true],
  ['restore', 7860, true],
];

for (const [step, port, isIn] of steps) {
  describe(`a proxy that is killed in the middle of "${step}"`, () => {
    it('loses nothing, leaves a whole file, and is repaired by the next one', async (t) => {
      let points = 0;
      for (let nth = 1; ; nth += 1) {
        const folder = new ClaudeFolder(t);
        folder.write(settings);
        if (isIn) await folder.proxy().configure(folder.target);
        const wasKilled = await killedIn(t, folder, { step, nth, port });
        if (!wasKilled) break;
        points += 1;
        // What is there is what was, or what was to be: readable in any case, and the user's own value is somewhere.
        assert.ok('ANTHROPIC_AUTH_TOKEN' in folder.variables);
        assert.ok(
          [folder.text, folder.copyText].some((text) => text?.includes('sk-own')),
          `${nth}`,
        );
        const next = folder.proxy();
        await next.start();
        await next.configure(folder.target);
        assert.equal(folder.variables.ANTHROPIC_AUTH_TOKEN, 'local-token');
        await next.restore();
        assert.equal(folder.text, settings, `killed before file ${nth}`);
        assert.deepEqual(folder.names, ['settings.json'], 'no draft is left');
      }
      assert.ok(points >= 1, `${points} points`);
    });
  });
}
