import * as vscode from 'vscode';
import {
  entriesOf,
  type NamedVariable,
  variablesIn,
  withoutVariables,
  withRenewed,
  withVariables,
} from './variableList.ts';

/*
 * Settings of the Claude Code extension in the editor. Its panel decides by them, and not by Claude Code's own file, whether
 * it asks for a login (https://code.claude.com/docs/en/vs-code).
 */

export const variablesSetting = 'claudeCode.environmentVariables';
export const loginSetting = 'claudeCode.disableLoginPrompt';
export const ignoredSetting = 'settingsSync.ignoredSettings';

/** Where it is remembered what was set. Values that were replaced may be keys. */
const secretName = 'claudeCode.editorSettings';

/** What we have set, and what was there before; `null` where the user had not set it. */
interface Remembered {
  readonly variables?: {
    readonly ours: readonly NamedVariable[];
    readonly before: readonly unknown[] | null;
  };
  /** We have added the variables to the settings that do not go to other machines. */
  readonly ignored?: boolean;
  readonly login?: { readonly before: boolean | null };
}

/** Sets what the panel of Claude Code needs, and takes it back where nobody has changed it since. */
export class ClaudeCodeEditorSettings {
  readonly #secrets: vscode.SecretStorage;

  constructor(secrets: vscode.SecretStorage) {
    this.#secrets = secrets;
  }

  /** False where the extension of Claude Code is not there: its settings cannot be set then. */
  get isAvailable(): boolean {
    return isKnown(variablesSetting);
  }

  /** The variables that the panel gives to Claude Code. */
  get variables(): readonly NamedVariable[] {
    return variablesIn(configuration().get(variablesSetting));
  }

  /** Has the panel not ask for a login. */
  async skipLogin(): Promise<void> {
    const before = userValue(loginSetting);
    if (before === true) return;
    await this.#remember({ login: { before: before === false ? false : null } });
    await set(loginSetting, true);
  }

  /** Has the panel give variables to Claude Code. They are kept out of what the editor sends to other machines. */
  async setVariables(values: Readonly<Record<string, string>>): Promise<void> {
    const ignored = entriesOf(userValue(ignoredSetting));
    // An editor that sends nothing to other machines does not know that setting.
    if (isKnown(ignoredSetting) && !ignored.includes(variablesSetting)) {
      await this.#remember({ ignored: true });
      await set(ignoredSetting, [...ignored, variablesSetting]);
    }
    const { variables: known } = await this.#remembered();
    const value = userValue(variablesSetting);
    const before = known ? known.before : value === undefined ? null : entriesOf(value);
    const ours = listOf(values);
    await this.#remember({ variables: { ours, before } });
    await set(variablesSetting, withVariables(entriesOf(value), ours));
  }

  /** Brings what is still ours of the variables up to date: the proxy may have another port. */
  async refresh(values: Readonly<Record<string, string>>): Promise<void> {
    const { variables } = await this.#remembered();
    if (!variables || !this.isAvailable) return;
    const { ours, before } = variables;
    if (ours.every(({ name, value }) => values[name] === value)) return;
    const wanted = listOf(values);
    await set(variablesSetting, withRenewed(entriesOf(userValue(variablesSetting)), ours, wanted));
    await this.#remember({ variables: { ours: wanted, before } });
  }

  /** Takes back what was set. */
  async restore(): Promise<void> {
    const { variables, ignored, login } = await this.#remembered();
    if (variables && this.isAvailable) {
      const { ours, before } = variables;
      const rest = withoutVariables(entriesOf(userValue(variablesSetting)), ours, before ?? []);
      await set(variablesSetting, rest.length === 0 && before === null ? undefined : rest);
    }
    if (ignored && isKnown(ignoredSetting)) {
      const rest = entriesOf(userValue(ignoredSetting)).filter((id) => id !== variablesSetting);
      await set(ignoredSetting, rest.length === 0 ? undefined : rest);
    }
    if (login && this.isAvailable && userValue(loginSetting) === true) {
      await set(loginSetting, login.before ?? undefined);
    }
    await this.#secrets.delete(secretName);
  }

  async #remembered(): Promise<Remembered> {
    const text = await this.#secrets.get(secretName);
    return text === undefined ? {} : (JSON.parse(text) as Remembered);
  }

  /** What was there before our first change is what counts; of our own variables it is the last ones. */
  async #remember(more: Remembered): Promise<void> {
    const known = await this.#remembered();
    const all: Remembered = { ...more, ...known, ...(more.variables ? { variables: more.variables } : {}) };
    await this.#secrets.store(secretName, JSON.stringify(all));
  }
}

const listOf = (values: Readonly<Record<string, string>>): NamedVariable[] =>
  Object.entries(values).map(([name, value]) => ({ name, value }));

const configuration = (): vscode.WorkspaceConfiguration => vscode.workspace.getConfiguration();

/** Only settings that something has registered can be set. */
const isKnown = (id: string): boolean => configuration().inspect(id)?.defaultValue !== undefined;

/** What the user's own settings say, whatever a workspace says. */
const userValue = (id: string): unknown => configuration().inspect(id)?.globalValue;

const set = (id: string, value: unknown): Thenable<void> =>
  configuration().update(id, value, vscode.ConfigurationTarget.Global);
