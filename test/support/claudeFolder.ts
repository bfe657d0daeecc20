import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ProxyAccess } from '../../src/core/claudeEntries.ts';
import { parseSettingsText } from '../../src/core/claudeSettings.ts';
import type { ClaudeCodeTarget } from '../../src/protocol/clients.ts';
import { claudeCodePath } from '../../src/protocol/home.ts';
import { ClaudeCode } from '../../src/proxy/claudeCode/claudeCode.ts';
import { onEnd, type Scope } from './scope.ts';

/** A settings folder of Claude Code, and the state folder of the proxies that write into it. */
export class ClaudeFolder {
  readonly root: string;
  /** The settings file. */
  readonly file: string;
  readonly copy: string;
  readonly recordPath: string;
  /** What windows say of it, on a machine without a corporate proxy. */
  readonly target: ClaudeCodeTarget;
  /** Events of the log, with their codes. */
  readonly log: string[] = [];

  constructor(scope: Scope) {
    this.root = mkdtempSync(join(tmpdir(), 'qcc-test-'));
    onEnd(scope, () => rmSync(this.root, { recursive: true, force: true }));
    this.file = join(this.root, 'claude', 'settings.json');
    this.copy = `${this.file}.qcc-backup`;
    this.recordPath = claudeCodePath(this.root);
    this.target = { file: this.file, environment: { hasProxy: false, exclusions: {} } };
  }

  /** The settings of a proxy process that has just got its port. */
  proxy(given: Partial<ProxyAccess> = {}): ClaudeCode {
    return new ClaudeCode({
      recordPath: this.recordPath,
      // Anew each time, since a proxy can move.
      access: () => ({ port: 7860, token: 'local-token', ...given }),
      log: ({ event, code }) => this.log.push(code === undefined ? event : `${event} ${code}`),
      changed: () => undefined,
    });
  }

  /** Writes the settings file as another program would. */
  write(text: string, mode = 0o644): void {
    mkdirSync(dirname(this.file), { recursive: true });
    writeFileSync(this.file, text);
    chmodSync(this.file, mode);
  }

  /** Changes it as an editor of JSON would. */
  edit(change: (settings: Record<string, unknown> & { env: Record<string, unknown> }) => void): void {
    const settings = { env: {}, ...JSON.parse(this.text ?? '{}') };
    change(settings);
    this.write(JSON.stringify(settings, null, 2), 0o600);
  }

  /** What is in the settings file; undefined when there is none. */
  get text(): string | undefined {
    return textOf(this.file);
  }

  get copyText(): string | undefined {
    return textOf(this.copy);
  }

  get variables(): Record<string, unknown> {
    return variablesIn(this.text ?? '{}');
  }

  /** Permission bits of the settings file, or of another one. */
  mode(file = this.file): number {
    return statSync(file).mode & 0o777;
  }

  /** Names of everything beside the settings file. */
  get names(): string[] {
    return readdirSync(dirname(this.file)).sort();
  }
}

/** The environment variables of a settings file, which may have comments. @throws when it cannot be understood */
function variablesIn(text: string): Record<string, unknown> {
  const parsed = parseSettingsText(text);
  if (!parsed.ok) throw new Error(`${parsed.problem.code} in ${text}`);
  return Object.fromEntries([...parsed.variables].map(([name, { value }]) => [name, value]));
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // There is none.
    return undefined;
  }
}
