import * as vscode from 'vscode';
import { isOwnAddress, originOf, parseBaseUrl } from '../../core/baseUrl.ts';
import { authStyles, checkName, isSendableHeaderValue } from '../../core/configuration.ts';
import { parsePastedEndpoint } from '../../core/pastedEndpoint.ts';
import { suggestEndpointName } from '../endpointName.ts';
import type { Answers, ChoiceStep, TextStep } from '../multiStepInput.ts';
import { plainLabel } from '../plainLabel.ts';
import type { AnswerChanges, TakenApart } from '../steps.ts';
import { authText, baseUrlProblemText, keyProblemText, nameProblemText } from '../words.ts';
import { numberStep } from './numberStep.ts';

/** What a pasted text can hold of an endpoint. */
export type PastedField =
  | 'baseUrl'
  | 'apiKey'
  | 'auth'
  | 'name'
  | 'model'
  /** Where a key was pasted together with its address: the address's origin. Absent for a key that was entered. */
  | 'keyOrigin';

/** Asks for a base URL, or for any text that holds one. `ownPort` is where the proxy itself listens. */
export function addressStep(ownPort: number): TextStep<PastedField> {
  return {
    kind: 'text',
    key: 'baseUrl',
    prompt: vscode.l10n.t('Paste a base URL, a curl command, export lines or a settings.json snippet'),
    placeholder: 'https://api.anthropic.com',
    validate: (text) => {
      const result = parsePastedEndpoint(text);
      if (!result.ok) return baseUrlProblemText(result.problem);
      return isOwnAddress(result.endpoint.baseUrl, [ownPort]) ? baseUrlProblemText('ownAddress') : undefined;
    },
    takeApart: (text, answers) => takenApart(text, answers, ownPort),
    actions: [
      {
        icon: new vscode.ThemeIcon('clippy'),
        tooltip: vscode.l10n.t('Paste from the Clipboard'),
        text: () => vscode.env.clipboard.readText(),
      },
    ],
  };
}

/** The text that stays in the box never has a key in it. */
function takenApart(text: string, answers: Answers<PastedField>, ownPort: number): TakenApart<PastedField> {
  const result = parsePastedEndpoint(text);
  if (!result.ok) {
    if (!result.holdsKey) return { text };
    return { text: '', message: errorMessage(baseUrlProblemText(result.problem)) };
  }
  const { baseUrl, apiKey, ...others } = result.endpoint;
  if (apiKey !== undefined) {
    const message = isOwnAddress(baseUrl, [ownPort])
      ? errorMessage(baseUrlProblemText('ownAddress'))
      : {
          message: vscode.l10n.t('Address and key were taken from what you pasted.'),
          severity: vscode.InputBoxValidationSeverity.Info,
        };
    return { text: baseUrl, answers: { ...others, apiKey, keyOrigin: originOf(baseUrl) }, message };
  }
  // A key that came with another address is not for this one.
  const isForeign = answers.keyOrigin !== undefined && answers.keyOrigin !== originOf(baseUrl);
  const dropped: AnswerChanges<PastedField> = isForeign ? { apiKey: undefined, keyOrigin: undefined } : {};
  return { text: baseUrl, answers: { ...others, ...dropped } };
}

const errorMessage = (message: string) => ({ message, severity: vscode.InputBoxValidationSeverity.Error });

/** A base URL that `addressStep` let pass, in the form that is stored. @throws Error for any other text */
export function acceptedBaseUrl(text: string): string {
  const result = parseBaseUrl(text);
  if (!result.ok) throw new Error(`a base URL passed validation but is refused: ${result.problem}`);
  return result.baseUrl;
}

/** Asks for a name; suggests one once a base URL has been entered. `taken` gives the names of its siblings. */
export function nameStep<K extends string>(
  taken: (answers: Answers<K | 'name' | 'baseUrl'>) => readonly string[],
): TextStep<K | 'name' | 'baseUrl'> {
  return {
    kind: 'text',
    key: 'name',
    prompt: vscode.l10n.t('Name of the endpoint'),
    suggest: (answers) => {
      const result = parseBaseUrl(answers.baseUrl ?? '');
      return result.ok ? suggestEndpointName(result.baseUrl, taken(answers)) : '';
    },
    validate: (text, answers) => {
      const problem = checkName(text, taken(answers));
      return problem && nameProblemText(problem);
    },
  };
}

/** Asks for a key. One that was entered or pasted before is never shown again, but for its end. */
export function keyStep(): TextStep<'apiKey' | 'keyOrigin'> {
  return {
    kind: 'text',
    key: 'apiKey',
    prompt: ({ apiKey, keyOrigin }) => {
      // Empty for whoever went back before entering it.
      if (!apiKey) return vscode.l10n.t('API key or token of the endpoint');
      const end = plainLabel(endOf(apiKey));
      return keyOrigin === undefined
        ? vscode.l10n.t('Leave the box empty to keep the key {0}, or enter another one', end)
        : vscode.l10n.t(
            'The key {0} was taken from what you pasted. Leave the box empty to use it, or enter another one',
            end,
          );
    },
    password: true,
    validate: (text) => {
      const key = text.trim();
      if (key === '') return keyProblemText('empty');
      return isSendableHeaderValue(key) ? undefined : keyProblemText('unsendable');
    },
    takeApart: (text) => {
      const key = text.trim().replace(/^bearer\s+|^(["'])(.*)\1$/gi, '$2');
      return key === '' ? { text } : { text: key, answers: { keyOrigin: undefined } };
    },
  };
}

/** So long a key is hardly known better by the last of its characters. */
const endShownFrom = 16;

/** What a key is recognised by. */
const endOf = (key: string): string => (key.length < endShownFrom ? '••••' : `••••${key.slice(-4)}`);

/** Asks how the key is sent. */
export function authStep(): ChoiceStep<'auth'> {
  return {
    kind: 'choice',
    key: 'auth',
    placeholder: vscode.l10n.t('How the key is sent'),
    choices: authStyles.map((value) => ({
      value,
      label: authText(value),
      ...(value === 'auto'
        ? { description: vscode.l10n.t('what api.anthropic.com expects; both headers elsewhere') }
        : {}),
    })),
  };
}

/** Asks for a weight. */
export function weightStep(): TextStep<'weight'> {
  return numberStep('weight', {
    prompt: vscode.l10n.t('Weight, 1–1000: twice the weight, twice the share of the requests'),
    min: 1,
    max: 1000,
  });
}

/** Asks for a priority. */
export function priorityStep(): TextStep<'priority'> {
  return numberStep('priority', {
    prompt: vscode.l10n.t('Priority, 1–1000: endpoints with lower numbers go first'),
    min: 1,
    max: 1000,
  });
}
