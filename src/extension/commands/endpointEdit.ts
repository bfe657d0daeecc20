import * as vscode from 'vscode';
import type { AuthStyle, Endpoint } from '../../core/configuration.ts';
import { editEndpoint, profileOfEndpoint } from '../../core/configurationEdits.ts';
import { askInSteps, type InputStep } from '../multiStepInput.ts';
import { authText } from '../words.ts';
import type { CommandContext } from './commandContext.ts';
import { ownPortOf } from './endpointAdd.ts';
import {
  acceptedBaseUrl,
  authStep,
  baseUrlStep,
  keyStep,
  nameStep,
  priorityStep,
  weightStep,
} from './endpointSteps.ts';
import { enterAndSubmit } from './submit.ts';

type Field = 'name' | 'baseUrl' | 'apiKey' | 'auth' | 'weight' | 'priority';
type Entered = Partial<Record<Field, string>>;

interface FieldItem extends vscode.QuickPickItem {
  readonly steps: readonly InputStep<Field>[];
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
  const keys = part.steps.map((step) => step.key);
  await enterAndSubmit<Entered>(context, {
    ask: async (entered = present) => {
      const answers = await askInSteps<Field>(title, part.steps, entered);
      return answers && Object.fromEntries(keys.map((key) => [key, answers[key]]));
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

function partsOf({ model }: CommandContext, endpoint: Endpoint): FieldItem[] {
  const { value } = model;
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
    },
    {
      label: vscode.l10n.t('Address and key'),
      description: endpoint.baseUrl,
      steps: [baseUrlStep(ownPortOf(value)), keyStep()],
    },
    {
      label: vscode.l10n.t('Key'),
      description: hasKey === false ? vscode.l10n.t('none') : '••••',
      steps: [keyStep()],
    },
    {
      label: vscode.l10n.t('Authentication'),
      description: authText(endpoint.auth),
      steps: [authStep()],
    },
    {
      label: vscode.l10n.t('Weight'),
      description: String(endpoint.weight),
      steps: [weightStep()],
    },
    ...(profile?.strategy === 'priority'
      ? [
          {
            label: vscode.l10n.t('Priority'),
            description: String(endpoint.priority),
            steps: [priorityStep()],
          },
        ]
      : []),
  ];
}
