import * as vscode from 'vscode';
import { isOwnAddress, parseBaseUrl } from '../../core/baseUrl.ts';
import { authStyles, checkName, isSendableHeaderValue } from '../../core/configuration.ts';
import { suggestEndpointName } from '../endpointName.ts';
import type { ChoiceStep, TextStep } from '../multiStepInput.ts';
import { authText, baseUrlProblemText, keyProblemText, nameProblemText } from '../words.ts';
import { numberStep } from './numberStep.ts';

/** Asks for a base URL. `ownPort` is where the proxy itself listens. */
export function baseUrlStep(ownPort: number): TextStep<'baseUrl'> {
  return {
    kind: 'text',
    key: 'baseUrl',
    prompt: vscode.l10n.t('Base URL of the endpoint, without /v1'),
    placeholder: 'https://api.anthropic.com',
    validate: (text) => {
      const result = parseBaseUrl(text);
      if (!result.ok) return baseUrlProblemText(result.problem);
      return isOwnAddress(result.baseUrl, ownPort) ? baseUrlProblemText('ownAddress') : undefined;
    },
  };
}

/** A base URL that `baseUrlStep` let pass, in the form that is stored. @throws Error for any other text */
export function acceptedBaseUrl(text: string): string {
  const result = parseBaseUrl(text);
  if (!result.ok) throw new Error(`a base URL passed validation but is refused: ${result.problem}`);
  return result.baseUrl;
}

/** Asks for a name; suggests one once a base URL has been entered. `taken` gives the names of its siblings. */
export function nameStep<K extends string>(
  taken: (answers: Readonly<Partial<Record<K | 'name' | 'baseUrl', string>>>) => readonly string[],
): TextStep<K | 'name' | 'baseUrl'> {
  return {
    kind: 'text',
    key: 'name',
    prompt: vscode.l10n.t('Name of the endpoint'),
    suggest: (answers) =>
      answers.baseUrl === undefined
        ? ''
        : suggestEndpointName(acceptedBaseUrl(answers.baseUrl), taken(answers)),
    validate: (text, answers) => {
      const problem = checkName(text, taken(answers));
      return problem && nameProblemText(problem);
    },
  };
}

/** Asks for a key. */
export function keyStep(): TextStep<'apiKey'> {
  return {
    kind: 'text',
    key: 'apiKey',
    prompt: vscode.l10n.t('API key or token of the endpoint'),
    password: true,
    validate: (text) => {
      const key = text.trim();
      if (key === '') return keyProblemText('empty');
      return isSendableHeaderValue(key) ? undefined : keyProblemText('unsendable');
    },
  };
}

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
