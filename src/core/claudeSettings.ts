import { getNodeValue, type Node, type ParseError, parseTree } from 'jsonc-parser';
import { valueNode, withoutProperty, withProperty } from './jsonProperties.ts';

/*
 * Settings files of Claude Code: JSON, in which some people write comments. `env` holds the environment variables that
 * Claude Code gives itself; they win over those of the process.
 */

/** A longer file is not read: changing it would keep the proxy from its streams for a noticeable time. */
export const maxSettingsBytes = 1024 * 1024;

/** Why a text cannot be used as settings. */
export type SettingsTextProblem = {
  /** `repeated`: a name that matters is there twice, so that it is open which one counts. */
  readonly code: 'notJson' | 'notAnObject' | 'repeated';
  /** Where, both from 1. */
  readonly line: number;
  readonly column: number;
};

/** A variable of a settings file. */
export interface SettingsVariable {
  /** A string, unless the file says otherwise. */
  readonly value: unknown;
  /** As it is written in the file. */
  readonly raw: string;
}

export interface ParsedSettings {
  readonly ok: true;
  readonly variables: ReadonlyMap<string, SettingsVariable>;
  /** False with comments or trailing commas: Claude Code 2.1 does not load such a file (measured). */
  readonly isPlainJson: boolean;
  /** Whether there is an `env` at all. */
  readonly hasEnvironment: boolean;
  /** The value of another property, as far as it is asked for. */
  readonly property: (name: string) => unknown;
}

/** Reads a settings file; an empty one has no settings. */
export function parseSettingsText(
  text: string,
): ParsedSettings | { ok: false; problem: SettingsTextProblem } {
  const { root, problem } = parse(text);
  if (problem) return { ok: false, problem };
  const environment = root && valueNode(root, 'env');
  const variables = new Map<string, SettingsVariable>();
  for (const { children: [name, value] = [] } of environment?.children ?? []) {
    if (!name || !value) continue;
    const raw = text.slice(value.offset, value.offset + value.length);
    variables.set(String(name.value), { value: getNodeValue(value), raw });
  }
  return {
    ok: true,
    variables,
    isPlainJson: isPlainJson(text),
    hasEnvironment: environment !== undefined,
    property: (name) => {
      const value = root && valueNode(root, name);
      return value && getNodeValue(value);
    },
  };
}

/** The text with a variable set. @param raw its value as JSON */
export function withVariable(text: string, name: string, raw: string): string {
  const { root } = parse(text);
  if (!root) {
    const gap = text.trim() === '' || text.endsWith('\n') ? '' : '\n';
    return `${text}${gap}{\n  "env": {\n    ${JSON.stringify(name)}: ${raw}\n  }\n}\n`;
  }
  if (!valueNode(root, 'env')) return withVariable(withProperty(text, root, 'env', '{}'), name, raw);
  return withProperty(text, valueNode(root, 'env') as Node, name, raw);
}

/** The text without a variable. */
export function withoutVariable(text: string, name: string): string {
  const { root } = parse(text);
  const environment = root && valueNode(root, 'env');
  return environment ? withoutProperty(text, environment, name) : text;
}

/** The text without its `env`, if there is nothing in that, not even a comment. */
export function withoutEmptyEnvironment(text: string): string {
  const { root } = parse(text);
  const environment = root && valueNode(root, 'env');
  if (!environment || !isBlank(text, environment)) return text;
  return withoutProperty(text, root, 'env');
}

/** True for a text without any setting or comment. */
export function isBlankSettings(text: string): boolean {
  const { root, problem } = parse(text);
  if (problem) return false;
  if (!root) return text.trim() === '';
  const around = text.slice(0, root.offset) + text.slice(root.offset + root.length);
  return isBlank(text, root) && around.replace('\ufeff', '').trim() === '';
}

function isPlainJson(text: string): boolean {
  try {
    JSON.parse(text.replace(/^\ufeff/, ''));
    return true;
  } catch {
    return text.trim() === '';
  }
}

const isBlank = (text: string, { offset, length }: Node): boolean =>
  text.slice(offset + 1, offset + length - 1).trim() === '';

interface Parsed {
  /** Undefined for an empty text. */
  readonly root: Node | undefined;
  readonly problem: SettingsTextProblem | undefined;
}

function parse(text: string): Parsed {
  const errors: ParseError[] = [];
  let root: Node | undefined;
  try {
    // A byte order mark is not JSON but stands in files that Windows programs have written.
    root = parseTree(text.replace(/^\ufeff/, ' '), errors, {
      allowTrailingComma: true,
      allowEmptyContent: true,
    });
  } catch {
    // Nested more deeply than the stack is: nobody has written such settings.
    return { root: undefined, problem: problemAt(text, 0, 'notJson') };
  }
  const [error] = errors;
  const problem =
    error !== undefined
      ? problemAt(text, error.offset, 'notJson')
      : (shapeProblem(text, root) ?? repetition(text, root));
  return { root, problem };
}

function shapeProblem(text: string, root: Node | undefined): SettingsTextProblem | undefined {
  if (root && root.type !== 'object') return problemAt(text, root.offset, 'notAnObject');
  const environment = root && valueNode(root, 'env');
  return environment && environment.type !== 'object'
    ? problemAt(text, environment.offset, 'notAnObject')
    : undefined;
}

function repetition(text: string, root: Node | undefined): SettingsTextProblem | undefined {
  const environment = root && valueNode(root, 'env');
  const twice = firstRepeated(root, (name) => name === 'env') ?? firstRepeated(environment, () => true);
  return twice && problemAt(text, twice.offset, 'repeated');
}

function firstRepeated(object: Node | undefined, matters: (name: string) => boolean): Node | undefined {
  const seen = new Set<string>();
  return object?.children?.find(({ children: [name] = [] }) => {
    const key = String(name?.value);
    const isRepeated = matters(key) && seen.has(key);
    seen.add(key);
    return isRepeated;
  });
}

function problemAt(text: string, offset: number, code: SettingsTextProblem['code']): SettingsTextProblem {
  const lines = text.slice(0, offset).split('\n');
  return { code, line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}
