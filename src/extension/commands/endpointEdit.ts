import * as vscode from 'vscode';
import type { AuthStyle, Endpoint } from '../../core/configuration.ts';
import { editEndpoint, isOtherAddress, profileOfEndpoint } from '../../core/configurationEdits.ts';
import { sameEndpoint } from '../../core/endpointCopies.ts';
import { type Answers, askInSteps, type InputStep } from '../multiStepInput.ts';
import { authText } from '../words.ts';
import type { CommandContext } from './commandContext.ts';
import { ownPortOf } from './endpointAdd.ts';
import {
  acceptedBaseUrl,
  addressStep,
  authStep,
  keyStep,
  nameStep,
  type PastedField,
  priorityStep,
  weightStep,
} from './endpointSteps.ts';
import { trialStep } from './endpointTrial.ts';
import { enterAndSubmit } from './submit.ts';

type Field = PastedField | 'weight' | 'priority' | 'decision';
type Entered = Partial<Record<Field, string>>;

interface FieldItem extends vscode.QuickPickItem {
  readonly steps: readonly InputStep<Field>[];
  /** What is changed with what the steps ask for. */
  readonly fields: readonly Field[];
}

/** Asks which part of an endpoint to change, then for its new value. */
export async function editEndpointParts(context: CommandContext, endpoint: Endpoint): Promise<void> {
  const title = vscode.l10n.t('Edit Endpoint: {0}', endpoint.name);
  const part = await vscode.window.showQuickPick(partsOf(context, endpoint), {
    title,
    placeHolder: vscode.l10n.t('Choose what to change'),
  });
  if (!part) return;
  // The key is never shown, not even as dots: its box is empty and asks for a new one.
  const present: Entered = {
    name: endpoint.name,
    baseUrl: endpoint.baseUrl,
    auth: endpoint.auth,
    weight: String(endpoint.weight),
    priority: String(endpoint.priority),
  };
  await enterAndSubmit<Entered>(context, {
    ask: async (entered = present) => {
      const answers = await askInSteps<Field>(title, part.steps, entered);
      return answers && Object.fromEntries(part.fields.map((field) => [field, answers[field]]));
    },
    subject: () => endpoint.name,
    edit: ({ name, baseUrl, apiKey, auth, weight, priority }) =>
      editEndpoint(
        endpoint.id,
        {
          ...(name !== undefined ? { name } : {}),
          ...(baseUrl !== undefined ? { baseUrl: acceptedBaseUrl(baseUrl) } : {}),
          ...(auth !== undefined ? { auth: auth as AuthStyle } : {}),
          ...(weight !== undefined ? { weight: Number(weight) } : {}),
          ...(priority !== undefined ? { priority: Number(priority) } : {}),
        },
        apiKey,
      ),
  });
}

function partsOf(context: CommandContext, endpoint: Endpoint): FieldItem[] {
  const { value } = context.model;
  const profile = profileOfEndpoint(value.configuration, endpoint.id);
  const taken = (profile?.endpoints ?? [])
    .filter((other) => other.id !== endpoint.id)
    .map((other) => other.name);
  const hasKey = value.state?.endpoints[endpoint.id]?.hasKey;
  return [
    {
      label: vscode.l10n.t('Name'),
      description: endpoint.name,
      steps: [nameStep<Field>(() => taken)],
      fields: ['name'],
    },
    {
      label: vscode.l10n.t('Address and key'),
      description: endpoint.baseUrl,
      steps: [addressStep(ownPortOf(value)), keyStep(), editedTrial(context, endpoint, 'baseUrl')],
      // A pasted command may show that the key has to be sent in another way.
      fields: ['baseUrl', 'apiKey', 'auth'],
    },
    {
      label: vscode.l10n.t('Key'),
      description: hasKey === false ? vscode.l10n.t('none') : '••••',
      steps: [keyStep(), editedTrial(context, endpoint)],
      fields: ['apiKey'],
    },
    {
      label: vscode.l10n.t('Authentication'),
      description: authText(endpoint.auth),
      steps: [authStep()],
      fields: ['auth'],
    },
    {
      label: vscode.l10n.t('Weight'),
      description: String(endpoint.weight),
      steps: [weightStep()],
      fields: ['weight'],
    },
    ...(profile?.strategy === 'priority'
      ? [
          {
            label: vscode.l10n.t('Priority'),
            description: String(endpoint.priority),
            steps: [priorityStep()],
            fields: ['priority'] as const,
          },
        ]
      : []),
  ];
}

/** Checks an endpoint as it would be with what was entered. */
function editedTrial(context: CommandContext, endpoint: Endpoint, address?: 'baseUrl'): InputStep<Field> {
  const { model, actions } = context;
  const changed = ({ baseUrl, auth }: Answers<Field>) => ({
    baseUrl: baseUrl === undefined ? endpoint.baseUrl : acceptedBaseUrl(baseUrl),
    auth: (auth ?? endpoint.auth) as AuthStyle,
  });
  return trialStep<Field>(context, 'decision', {
    params: (answers) => {
      const { baseUrl, auth } = changed(answers);
      // Its headers, too, belong to its address.
      const isMoved = isOtherAddress(endpoint.baseUrl, baseUrl);
      return {
        ...{ baseUrl, auth, protocol: endpoint.protocol },
        ...{ models: endpoint.models, modelMap: endpoint.modelMap },
        apiKey: answers.apiKey ?? '',
        headers: (isMoved ? undefined : actions.contents()?.secrets[endpoint.id]?.headers) ?? {},
        model: answers.model ?? '',
      };
    },
    duplicateOf: (answers) => {
      const contents = actions.contents();
      const profile = profileOfEndpoint(model.value.configuration, endpoint.id);
      if (!contents || !profile) return undefined;
      return sameEndpoint(contents, profile.id, changed(answers).baseUrl, answers.apiKey ?? '', endpoint.id);
    },
    steps: { ...(address ? { address } : {}), key: 'apiKey' },
    canBeDisabled: false,
  });
}
