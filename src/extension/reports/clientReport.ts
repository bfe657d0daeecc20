import * as vscode from 'vscode';
import { accessVariables, baseUrlOf } from '../../core/claudeEntries.ts';
import { type ClientVerdict, endingOf } from '../clients/clientCheck.ts';
import {
  claudeCodeProblemText,
  endingText,
  findingTexts,
  sourceText,
  terminalsReasonText,
} from '../clients/clientWords.ts';
import type { ModelValue } from '../model.ts';
import type { TerminalsReason, TerminalVariables } from '../terminalVariables.ts';
import { linkLabel } from '../words.ts';
import type { Report } from './reports.ts';
import { reportText } from './reportText.ts';
import { textFacts } from './textTable.ts';

/** What clients on this machine really use. */
export interface CheckedClients {
  readonly link: ModelValue['link'];
  readonly state: ModelValue['state'];
  readonly port: number;
  readonly token: string | undefined;
  readonly terminals: {
    readonly variables: TerminalVariables | TerminalsReason;
    readonly older: readonly string[];
  };
  readonly inTerminal: ClientVerdict;
  readonly inPanel: ClientVerdict;
  readonly outside: ClientVerdict;
}

/** What each client will use, what overrides it, and what can be done about that. */
export function clientReport(checked: CheckedClients): Report {
  const name = vscode.l10n.t('Clients');
  const parts = [
    proxyPart(checked),
    terminalsPart(checked),
    verdictPart(vscode.l10n.t('Claude Code in new terminals of this window'), checked.inTerminal),
    verdictPart(vscode.l10n.t('Claude Code in its panel in this window'), checked.inPanel),
    verdictPart(vscode.l10n.t('Claude Code outside of the editor'), checked.outside, [
      vscode.l10n.t('Variables of a shell outside of the editor cannot be seen from here.'),
    ]),
    [
      vscode.l10n.t('Not seen from here: settings handed out over the network, and command lines.'),
      vscode.l10n.t('Claude Code reads its settings when it starts.'),
    ],
  ];
  return { name, text: reportText(name, ...parts) };
}

function proxyPart({ link, state, port, token }: CheckedClients): string[] {
  const facts: [string, string][] = [
    [vscode.l10n.t('State'), linkLabel(link)],
    [vscode.l10n.t('Address'), baseUrlOf(port)],
  ];
  if (token !== undefined) facts.push([vscode.l10n.t('Local token'), endingText(endingOf(token)).trim()]);
  const written = state?.claudeCode;
  if (written) {
    const text = written.problem
      ? claudeCodeProblemText(written.problem, written.file)
      : vscode.l10n.t('Written to {0} for as long as the proxy runs', written.file);
    facts.push(['Claude Code', text]);
  }
  return section(vscode.l10n.t('The QCC proxy'), facts);
}

function terminalsPart({ terminals: { variables, older } }: CheckedClients): string[] {
  const given =
    typeof variables === 'string'
      ? terminalsReasonText(variables)
      : Object.keys(accessVariables({ port: 0, token: '' })).join(', ');
  const findings: [string, string][] =
    older.length === 0
      ? []
      : [
          [
            vscode.l10n.t('Terminals that were open when this last changed: {0}', older.join(', ')),
            vscode.l10n.t('They keep what they began with. Open new ones.'),
          ],
        ];
  return section(
    vscode.l10n.t('New terminals of this window'),
    [[vscode.l10n.t('QCC sets'), given]],
    findings,
  );
}

function verdictPart(title: string, verdict: ClientVerdict, remarks: readonly string[] = []): string[] {
  const { address, credential, findings } = verdict;
  const facts: [string, string][] = [[vscode.l10n.t('Goes to'), routeText(verdict)]];
  if (address) {
    facts.push([vscode.l10n.t('Address'), `${shownAddress(address.value)} (${sourceText(address.source)})`]);
  }
  if (credential) {
    const { name, ending, source } = credential;
    facts.push([vscode.l10n.t('Token or key'), `${name}${endingText(ending)} (${sourceText(source)})`]);
  }
  return section(title, facts, [
    ...findings.map((finding) => findingTexts(finding)),
    ...remarks.map((text): [string] => [text]),
  ]);
}

function routeText({ route, works }: ClientVerdict): string {
  switch (route) {
    case 'proxy':
      return works
        ? vscode.l10n.t('the QCC proxy')
        : vscode.l10n.t('the QCC proxy, but does not get through');
    case 'anthropic':
      return vscode.l10n.t('Anthropic, not the QCC proxy');
    case 'cloudProvider':
      return vscode.l10n.t('a cloud provider, not the QCC proxy');
    case 'elsewhere':
      return vscode.l10n.t('another address, not the QCC proxy');
  }
}

/** Without user name and password, which some put into addresses. */
function shownAddress(address: string): string {
  try {
    const url = new URL(address);
    return url.origin + (url.pathname === '/' ? '' : url.pathname);
  } catch {
    return vscode.l10n.t('not a URL');
  }
}

/** @param findings each with what can be done about it, on a line of its own: lines are not wrapped */
function section(
  title: string,
  facts: readonly (readonly [name: string, value: string])[],
  findings: readonly (readonly [what: string, remedy?: string])[] = [],
): string[] {
  return [
    title,
    ...textFacts(facts).map((line) => `  ${line}`),
    ...findings.flatMap(([what, remedy]) => [
      `  • ${what}`,
      ...(remedy === undefined ? [] : [`    → ${remedy}`]),
    ]),
  ];
}
