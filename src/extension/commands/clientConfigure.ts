import * as vscode from 'vscode';
import { accessVariables, noEntries, type ProxyAccess, putEntriesIn } from '../../core/claudeEntries.ts';
import { parseSettingsText } from '../../core/claudeSettings.ts';
import type { ClaudeCodeProblem, ClaudeCodeTarget } from '../../protocol/clients.ts';
import { readSettingsFile, type SettingsRead } from '../clients/claudeCodeFiles.ts';
import { endingOf } from '../clients/clientCheck.ts';
import { claudeCodeProblemText, endingText } from '../clients/clientWords.ts';
import { ignoredSetting, loginSetting, variablesSetting } from '../clients/editorSettings.ts';
import { plainMessage } from '../plainMessage.ts';
import { answerOf, remark, tellUnreachable } from './answer.ts';
import type { ClientContext } from './client.ts';

/** What is to become of the panel of Claude Code in the editor. */
type PanelChoice = 'skipLogin' | 'variables' | 'nothing';

/** Points Claude Code at the proxy by its own settings, after the user has seen what is written where. */
export async function configureClaudeCode(context: ClientContext): Promise<void> {
  const { editorSettings, target } = context;
  const access = context.access();
  if (!access) return tellUnreachable();
  const { file } = target();
  const read = await readSettingsFile({ kind: 'user', file });
  if (read?.problem) {
    if (await offerFile(read.problem, file)) await configureClaudeCode(context);
    return;
  }
  const panel = editorSettings.isAvailable ? await choosePanel() : 'nothing';
  const isThere = isWritten(context, file);
  if (panel === undefined || !(await confirmed(target(), read, access, isThere))) return;
  if (!(await written(context))) return;
  if (panel === 'skipLogin') await editorSettings.skipLogin();
  if (panel === 'variables') await editorSettings.setVariables(accessVariables(access));
  remark(vscode.l10n.t('Claude Code goes through the QCC proxy from its next start on.'));
}

/** Our entries are in the file: what it has of them is no user's own. */
function isWritten({ model }: ClientContext, file: string): boolean {
  const claudeCode = model.value.state?.claudeCode;
  return claudeCode?.isWritten === true && claudeCode.file === file;
}

/** Takes back all that was written. */
export async function restoreClaudeCode({ requests, editorSettings, model }: ClientContext): Promise<void> {
  for (;;) {
    const outcome = await answerOf(requests.restoreClaudeCode());
    if (outcome === undefined) return;
    if (outcome.ok) break;
    const file = model.value.state?.claudeCode?.file ?? '';
    if (!(await offerFile(outcome.problem, file))) return;
  }
  await editorSettings.restore();
  remark(vscode.l10n.t('The settings of Claude Code are as they were.'));
}

/** The panel looks only at settings of the editor when it decides whether to ask for a login. */
async function choosePanel(): Promise<PanelChoice | undefined> {
  const items: (vscode.QuickPickItem & { readonly choice: PanelChoice })[] = [
    {
      choice: 'skipLogin',
      label: vscode.l10n.t('Do not ask for a login'),
      description: loginSetting,
      detail: vscode.l10n.t('The panel then uses the settings file like every other Claude Code.'),
    },
    {
      choice: 'variables',
      label: vscode.l10n.t('Write address and token to the settings of the editor too'),
      description: variablesSetting,
      detail: vscode.l10n.t('{0} is set too, so that they stay on this machine.', ignoredSetting),
    },
    { choice: 'nothing', label: vscode.l10n.t('Leave the settings of the editor as they are') },
  ];
  const picked = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Configure Claude Code'),
    placeHolder: vscode.l10n.t('The panel of Claude Code asks for a login of its own. What to do about it?'),
    ignoreFocusOut: true,
  });
  return picked?.choice;
}

async function confirmed(
  target: ClaudeCodeTarget,
  read: SettingsRead | undefined,
  access: ProxyAccess,
  isThere: boolean,
): Promise<boolean> {
  const write = vscode.l10n.t('Write');
  const choice = await vscode.window.showInformationMessage(
    vscode.l10n.t('Point Claude Code at the QCC proxy?'),
    {
      modal: true,
      detail: isThere
        ? vscode.l10n.t('The entries are in {0} already. They are brought up to date.', target.file)
        : detail(target, read, access),
    },
    write,
  );
  return choice === write;
}

function detail(target: ClaudeCodeTarget, read: SettingsRead | undefined, access: ProxyAccess): string {
  const text = read?.text ?? '';
  const result = putEntriesIn(text, access, target.environment, noEntries, undefined);
  const own = result.ok ? result.own : noEntries;
  const before = parseSettingsText(text);
  const replaced = own.replaced.map((name) => {
    const value = before.ok ? String(before.variables.get(name)?.value ?? '') : '';
    return `${name}${shown(name, value)}`;
  });
  const lines = [
    vscode.l10n.t('To be written to {0}: {1}.', target.file, Object.keys(own.values).join(', ')),
    ...(replaced.length > 0
      ? [vscode.l10n.t('Replaced for that time, and put back afterwards: {0}.', replaced.join(', '))]
      : []),
    ...(read?.settings?.isPlainJson === false
      ? [
          vscode.l10n.t(
            'The file has comments or trailing commas. They stay, but new versions of Claude Code do not load such a file.',
          ),
        ]
      : []),
    vscode.l10n.t(
      'The rest of the file stays as it is, and a copy is kept beside it. The entries are taken out when the proxy ends, and put in again when it starts.',
    ),
  ];
  return lines.join('\n\n');
}

/** Of an address the place, of everything else, which may be a key, only how it ends. */
function shown(name: string, value: string): string {
  if (name !== 'ANTHROPIC_BASE_URL') return endingText(endingOf(value));
  return URL.canParse(value) ? ` ${new URL(value).origin}` : '';
}

/** Has the proxy write, and again when the user wants to try again. */
async function written({ requests, target }: ClientContext): Promise<boolean> {
  for (;;) {
    const outcome = await answerOf(requests.configureClaudeCode(target()));
    if (outcome === undefined) return false;
    if (outcome.ok) return true;
    if (!(await offerFile(outcome.problem, target().file))) return false;
  }
}

/** Says what is wrong with the file. @returns true when it is to be tried again */
async function offerFile(problem: ClaudeCodeProblem, file: string): Promise<boolean> {
  const open = vscode.l10n.t('Open File');
  const again = vscode.l10n.t('Try Again');
  const message = vscode.l10n.t(
    'Nothing was changed. {0}',
    plainMessage(claudeCodeProblemText(problem, file)),
  );
  const choice = await vscode.window.showErrorMessage(message, open, again);
  if (choice === open) await vscode.window.showTextDocument(vscode.Uri.file(file));
  return choice === again;
}
