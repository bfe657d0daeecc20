import * as vscode from 'vscode';
import { type AuthStyle, activeProfileOf, endpointDefaults } from '../../core/configuration.ts';
import { addEndpoint } from '../../core/configurationEdits.ts';
import { sameEndpoint } from '../../core/endpointCopies.ts';
import type { ModelValue } from '../model.ts';
import { type Answers, askInSteps, type ChoiceStep, type InputStep } from '../multiStepInput.ts';
import { plainLabel } from '../plainLabel.ts';
import { readSettings } from '../settings.ts';
import type { CommandContext } from './commandContext.ts';
import {
  acceptedBaseUrl,
  addressStep,
  authStep,
  keyStep,
  nameStep,
  type PastedField,
} from './endpointSteps.ts';
import { type TrialSubject, trialStep } from './endpointTrial.ts';
import { enterAndSubmit } from './submit.ts';

type Field = PastedField | 'profile' | 'decision';
type Entered = Record<Field, string>;

/** Asks for a new endpoint and adds it to a profile: to the given one, else to the one the user picks. */
export async function addEndpointTo(context: CommandContext, profileId?: string): Promise<void> {
  const { model, newId } = context;
  const id = newId();
  await enterAndSubmit<Entered>(context, {
    ask: (entered) => {
      const { value } = model;
      // The profile was removed while its endpoint was being entered: ask for another one, keep the rest.
      const isGone = entered !== undefined && !hasProfile(value, entered.profile);
      const preset = isGone ? undefined : profileId;
      return askInSteps<Field>(
        vscode.l10n.t('Add Endpoint'),
        stepsFor(context, preset),
        entered ?? { profile: preset ?? activeProfileOf(value.configuration)?.id ?? '', auth: 'auto' },
      );
    },
    subject: ({ name }) => name,
    edit: ({ profile, baseUrl, name, apiKey, auth, decision }) =>
      addEndpoint(
        profile,
        id,
        {
          ...endpointDefaults,
          name,
          baseUrl: acceptedBaseUrl(baseUrl),
          auth: auth as AuthStyle,
          enabled: decision !== 'saveDisabled',
        },
        { apiKey, headers: {} },
      ),
    correctable: ['profileGone'],
  });
}

function stepsFor(context: CommandContext, profileId: string | undefined): InputStep<Field>[] {
  const { value } = context.model;
  const taken = (answers: Answers<Field>) =>
    value.configuration.profiles
      .find((profile) => profile.id === answers.profile)
      ?.endpoints.map((endpoint) => endpoint.name) ?? [];
  return [
    ...(profileId === undefined ? [profileStep(value)] : []),
    addressStep(ownPortOf(value)),
    nameStep<Field>(taken),
    keyStep(),
    authStep(),
    trialStep<Field>(context, 'decision', newEndpoint(context)),
  ];
}

/** What is tried of an endpoint that was entered. */
function newEndpoint({ actions }: CommandContext): TrialSubject<Field> {
  return {
    params: ({ baseUrl = '', auth = 'auto', apiKey = '', model = '' }) => ({
      baseUrl: acceptedBaseUrl(baseUrl),
      auth: auth as AuthStyle,
      protocol: endpointDefaults.protocol,
      models: [],
      modelMap: {},
      apiKey,
      headers: {},
      model,
    }),
    duplicateOf: ({ profile = '', baseUrl = '', apiKey = '' }) => {
      const contents = actions.contents();
      return contents && sameEndpoint(contents, profile, acceptedBaseUrl(baseUrl), apiKey);
    },
    steps: { address: 'baseUrl', key: 'apiKey' },
    canBeDisabled: true,
  };
}

function profileStep({ configuration }: ModelValue): ChoiceStep<'profile'> {
  return {
    kind: 'choice',
    key: 'profile',
    placeholder: vscode.l10n.t('Choose the profile for the endpoint'),
    choices: configuration.profiles.map((profile) => ({
      value: profile.id,
      label: plainLabel(profile.name),
      ...(profile.id === configuration.activeProfile ? { description: vscode.l10n.t('active') } : {}),
    })),
  };
}

const hasProfile = ({ configuration }: ModelValue, id: string): boolean =>
  configuration.profiles.some((profile) => profile.id === id);

/** Where the proxy listens, or will. */
export function ownPortOf({ link }: ModelValue): number {
  return link.kind === 'attached' || link.kind === 'otherStore' ? link.port : readSettings().port;
}
