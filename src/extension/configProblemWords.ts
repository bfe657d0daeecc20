import * as vscode from 'vscode';
import type { ConfigProblem, ConfigProblemCode } from '../core/configFile.ts';
import { baseUrlProblemText, nameProblemText } from './words.ts';

/** What is wrong at one place of a file, and what to do. Never the value that is there. */
export function configProblemText({ code, expected, line }: ConfigProblem): string {
  const text = codeText(code);
  if (line !== undefined) return vscode.l10n.t('{0} See line {1}.', text, line);
  return expected === undefined ? text : vscode.l10n.t('{0} Expected: {1}', text, expected);
}

function codeText(code: ConfigProblemCode): string {
  switch (code) {
    case 'notJson':
      return vscode.l10n.t('The file is not JSON.');
    case 'tooDeep':
      return vscode.l10n.t('The file is nested too deeply.');
    case 'tooMany':
      return vscode.l10n.t('There are more than 500 items here.');
    case 'missing':
      return vscode.l10n.t('This is missing.');
    case 'wrongType':
      return vscode.l10n.t('This is not a value that belongs here.');
    case 'outOfRange':
      return vscode.l10n.t('This number is too small, too large, or not a whole one.');
    case 'newerVersion':
      return vscode.l10n.t('The file is of a newer version. Update QCC to import it.');
    case 'unknownProfile':
      return vscode.l10n.t('The file has no profile of this name.');
    case 'duplicateLevel':
      return vscode.l10n.t('Another profile has this level already.');
    case 'badHeaderName':
      return vscode.l10n.t('This is not the name of a header.');
    case 'unsendableText':
      return vscode.l10n.t('This has characters that cannot be sent.');
    case 'protocolNotSupported':
      return vscode.l10n.t('OpenAI-compatible endpoints are not supported yet.');
    case 'emptyName':
    case 'longName':
    case 'duplicateName':
      return nameProblemText(code);
    case 'notAUrl':
    case 'unsupportedScheme':
    case 'insecureHost':
    case 'hasCredentials':
    case 'hasQueryOrFragment':
    case 'linkLocalHost':
      return baseUrlProblemText(code);
  }
}
