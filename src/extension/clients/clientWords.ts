import * as vscode from 'vscode';
import type { ClaudeCodeProblem } from '../../protocol/clients.ts';
import type { TerminalsReason } from '../terminalVariables.ts';
import type { Finding, Source } from './clientCheck.ts';

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
      return vscode.l10n.t('the setting {0}', 'claudeCode.environmentVariables');
    case 'environment':
      return vscode.l10n.t('the environment of the editor');
  }
}

/** Why new terminals are not pointed at the proxy, and what to do about it. */
export function terminalsReasonText(reason: TerminalsReason): string {
  switch (reason) {
    case 'notWanted':
      return vscode.l10n.t('Nothing, since the setting {0} is off.', 'qcc.terminals.inject');
    case 'notAttached':
      return vscode.l10n.t('Nothing, since the proxy does not run. Start it.');
    case 'noEndpoint':
      return vscode.l10n.t('Nothing, since no enabled endpoint with a key could serve. Add one.');
  }
}

/** What was found, and what to do about it. */
export function findingText(finding: Finding): string {
  switch (finding.code) {
    case 'notPointed':
      return vscode.l10n.t(
        'Nothing sets {0}. To use the proxy, run “QCC: Configure Claude Code”.',
        'ANTHROPIC_BASE_URL',
      );
    case 'otherAddress':
      return vscode.l10n.t(
        'ANTHROPIC_BASE_URL leads to {0}, by {1}. Remove it there to use the proxy.',
        finding.address,
        sourceText(finding.source),
      );
    case 'otherPort':
      return vscode.l10n.t(
        'ANTHROPIC_BASE_URL leads to {0}, by {1}, but the proxy has another port. Remove it there, or configure Claude Code again.',
        finding.address,
        sourceText(finding.source),
      );
    case 'cloudProvider':
      return vscode.l10n.t(
        '{0} sends requests to a cloud provider, by {1}. Remove it there to use the proxy.',
        finding.name,
        sourceText(finding.source),
      );
    case 'noProxyRuns':
      return vscode.l10n.t('The proxy does not run, so that every request fails. Start it.');
    case 'noToken':
      return vscode.l10n.t(
        'There is no token, so that the proxy refuses every request. Configure Claude Code, or copy the shell lines.',
      );
    case 'wrongToken':
      return vscode.l10n.t(
        'The token{0}, by {1}, is not the local one, so that the proxy refuses every request. Remove it there, or configure Claude Code again.',
        endingText(finding.ending),
        sourceText(finding.source),
      );
    case 'keyBeside':
      return vscode.l10n.t(
        'ANTHROPIC_API_KEY{0}, by {1}, is sent along. The proxy takes no notice of it, but Claude Code may ask about it.',
        endingText(finding.ending),
        sourceText(finding.source),
      );
    case 'keyHelper':
      return vscode.l10n.t(
        'apiKeyHelper in {0} is run for a key that the proxy takes no notice of.',
        finding.file,
      );
    case 'corporateProxy':
      return vscode.l10n.t(
        '{0}, by {1}, sends requests for this machine to a corporate proxy. Add 127.0.0.1,localhost to NO_PROXY and no_proxy, or configure Claude Code again.',
        finding.name,
        sourceText(finding.source),
      );
    case 'unreadable':
      return claudeCodeProblemText(finding.problem, finding.file);
    case 'notPlainJson':
      return vscode.l10n.t(
        'Claude Code does not load {0}, since it has comments or trailing commas. Remove them.',
        finding.file,
      );
  }
}

/** The end of a secret, to tell it from others by. */
export const endingText = (ending: string): string => (ending === '' ? '' : ` …${ending}`);
