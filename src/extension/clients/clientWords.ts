import * as vscode from 'vscode';
import type { ClaudeCodeProblem } from '../../protocol/clients.ts';
import { settings } from '../contributions.ts';
import type { TerminalsReason } from '../terminalVariables.ts';
import type { Finding, Source } from './clientCheck.ts';
import { variablesSetting } from './editorSettings.ts';

/* What is said about clients. Names of files and variables are the same in every language. */

/** Why a settings file of Claude Code could not be changed, or read. */
export function claudeCodeProblemText(problem: ClaudeCodeProblem, file: string): string {
  switch (problem.code) {
    case 'notJson':
      return vscode.l10n.t(
        '{0} is not valid JSON (line {1}, column {2}).',
        file,
        problem.line,
        problem.column,
      );
    case 'notAnObject':
      return vscode.l10n.t(
        'QCC cannot make sense of {0}: there has to be an object in line {1}, column {2}.',
        file,
        problem.line,
        problem.column,
      );
    case 'repeated':
      return vscode.l10n.t(
        '{0} has the same name twice (line {1}, column {2}).',
        file,
        problem.line,
        problem.column,
      );
    case 'unreadable':
      return vscode.l10n.t('{0} cannot be read ({1}).', file, problem.system);
    case 'unwritable':
      return vscode.l10n.t('{0} cannot be written ({1}).', file, problem.system);
    case 'notRecorded':
      return vscode.l10n.t('QCC cannot write to its state folder ({0}).', problem.system);
    case 'changing':
      return vscode.l10n.t('Another program keeps changing {0}.', file);
  }
}

/** Where a value comes from. */
export function sourceText(source: Source): string {
  switch (source.kind) {
    case 'managed':
    case 'local':
    case 'project':
    case 'user':
      return source.file;
    case 'terminals':
      return vscode.l10n.t('QCC, for terminals');
    case 'editor':
      return variablesSetting;
    case 'environment':
      return vscode.l10n.t('the environment of the editor');
  }
}

/** Why new terminals are not pointed at the proxy, and what to do about it. */
export function terminalsReasonText(reason: TerminalsReason): string {
  switch (reason) {
    case 'notWanted':
      return vscode.l10n.t('Nothing, since the setting {0} is off.', settings.injectTerminals);
    case 'notAttached':
      return vscode.l10n.t('Nothing, since the proxy does not run. Start it.');
    case 'noEndpoint':
      return vscode.l10n.t('Nothing, since no enabled endpoint with a key could serve. Add one.');
  }
}

/** What was found, and what can be done about it, where anything can. */
export function findingTexts(finding: Finding): [what: string, remedy?: string] {
  switch (finding.code) {
    case 'notPointed':
      return [
        vscode.l10n.t('Nothing sets {0}.', 'ANTHROPIC_BASE_URL'),
        vscode.l10n.t('To use the proxy, run “QCC: Configure Claude Code”.'),
      ];
    case 'otherAddress':
      return [
        vscode.l10n.t('{0} is set in {1}.', 'ANTHROPIC_BASE_URL', sourceText(finding.source)),
        // In the user's own settings, configuring replaces it.
        finding.source.kind === 'user'
          ? vscode.l10n.t('To use the proxy, run “QCC: Configure Claude Code”.')
          : vscode.l10n.t('To use the proxy, remove it there.'),
      ];
    case 'otherPort':
      return [
        vscode.l10n.t('The port of {0} is not the one of the proxy.', finding.address),
        vscode.l10n.t('Remove it in {0}, or configure Claude Code again.', sourceText(finding.source)),
      ];
    case 'cloudProvider':
      return [
        vscode.l10n.t('{0} is set in {1}.', finding.name, sourceText(finding.source)),
        vscode.l10n.t('To use the proxy, remove it there.'),
      ];
    case 'noProxyRuns':
      return [
        vscode.l10n.t('The proxy does not run: every request fails.'),
        vscode.l10n.t('Start the proxy.'),
      ];
    case 'noToken':
      return [
        vscode.l10n.t('There is no token: the proxy refuses every request.'),
        vscode.l10n.t('Configure Claude Code, or copy the shell lines.'),
      ];
    case 'wrongToken':
      return [
        vscode.l10n.t('This is not the local token: the proxy refuses every request.'),
        vscode.l10n.t('Remove it in {0}, or configure Claude Code again.', sourceText(finding.source)),
      ];
    case 'keyBeside':
      return [
        vscode.l10n.t(
          'ANTHROPIC_API_KEY{0} is sent along, from {1}.',
          endingText(finding.ending),
          sourceText(finding.source),
        ),
        vscode.l10n.t('The proxy takes no notice of it, but Claude Code may ask about it.'),
      ];
    case 'keyHelper':
      return [
        vscode.l10n.t('apiKeyHelper in {0} is run.', finding.file),
        vscode.l10n.t('The proxy takes no notice of the key that it gives.'),
      ];
    case 'corporateProxy':
      return [
        vscode.l10n.t(
          '{0}, from {1}, sends requests for this machine to a corporate proxy.',
          finding.name,
          sourceText(finding.source),
        ),
        vscode.l10n.t('Add 127.0.0.1,localhost to NO_PROXY and no_proxy, or configure Claude Code again.'),
      ];
    case 'unreadable':
      return [
        claudeCodeProblemText(finding.problem, finding.file),
        vscode.l10n.t('Claude Code takes nothing from it. Correct it.'),
      ];
    case 'notPlainJson':
      return [
        vscode.l10n.t('{0} has comments or trailing commas.', finding.file),
        vscode.l10n.t('Claude Code does not load such a file. Remove them.'),
      ];
  }
}

/** The end of a secret, to tell it from others by. */
export const endingText = (ending: string): string => (ending === '' ? '' : ` …${ending}`);
