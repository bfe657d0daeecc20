import * as vscode from 'vscode';
import { type Endpoint, type PriorityLevel, type Profile, priorityLevels } from '../../core/configuration.ts';
import type { Model } from '../model.ts';
import { plainLabel } from '../plainLabel.ts';
import { byLevel } from '../views/endpointRows.ts';
import { levelText } from '../words.ts';
import { tellNothingToChoose } from './nothingToChoose.ts';

/** What a command is called on: an item of the tree. */
export interface Target {
  readonly kind: 'profile' | 'endpoint';
  readonly id: string;
}

/** The argument of a command as a target, or undefined when it is none, as from the Command Palette. */
export function targetOf(argument: unknown): Target | undefined {
  const { kind, id } = (argument ?? {}) as Partial<Record<keyof Target, unknown>>;
  return (kind === 'profile' || kind === 'endpoint') && typeof id === 'string' ? { kind, id } : undefined;
}

/** A priority level in the tree, as an argument of a command. */
export interface LevelTarget {
  readonly kind: 'level';
  /** Null for what has no level. */
  readonly level: PriorityLevel | null;
}

/** The argument of a command as a level, or undefined when it is none. */
export function levelOf(argument: unknown): PriorityLevel | undefined {
  const { kind, level } = (argument ?? {}) as Partial<Record<keyof LevelTarget, unknown>>;
  return kind === 'level' ? priorityLevels.find((each) => each === level) : undefined;
}

/** The profile that a command is called on, else the one that the user picks among the `fitting`. Undefined cancels. */
export async function chooseProfile(
  { value }: Model,
  argument: unknown,
  placeholder: string,
  fitting: (profile: Profile) => boolean = () => true,
): Promise<Profile | undefined> {
  const { profiles, activeProfile } = value.configuration;
  const target = targetOf(argument);
  if (target) return profiles.find((profile) => profile.id === target.id);
  const items = byLevel(profiles)
    .filter(fitting)
    .map((profile) => ({
      label: plainLabel(profile.name),
      description: [
        ...(profile.id === activeProfile ? [vscode.l10n.t('active')] : []),
        ...(profile.enabled ? [] : [vscode.l10n.t('disabled')]),
        ...(profile.priority ? [levelText(profile.priority)] : []),
      ].join(' · '),
      profile,
    }));
  if (items.length === 0) {
    await tellNothingToChoose(value);
    return undefined;
  }
  return (await vscode.window.showQuickPick(items, { placeHolder: placeholder }))?.profile;
}

interface EndpointItem extends vscode.QuickPickItem {
  readonly endpoint?: Endpoint;
}

/** The endpoint that a command is called on, else the one that the user picks among the `fitting`. Undefined cancels. */
export async function chooseEndpoint(
  { value }: Model,
  argument: unknown,
  placeholder: string,
  fitting: (endpoint: Endpoint) => boolean = () => true,
): Promise<Endpoint | undefined> {
  const { profiles } = value.configuration;
  const target = targetOf(argument);
  if (target) {
    return profiles.flatMap((profile) => profile.endpoints).find((endpoint) => endpoint.id === target.id);
  }
  const items = profiles.flatMap((profile): EndpointItem[] => {
    const endpoints = profile.endpoints.filter(fitting);
    if (endpoints.length === 0) return [];
    const heading = { label: profile.name, kind: vscode.QuickPickItemKind.Separator };
    return [
      heading,
      ...endpoints.map((endpoint) => ({
        label: plainLabel(endpoint.name),
        description: new URL(endpoint.baseUrl).host,
        endpoint,
      })),
    ];
  });
  if (items.length === 0) {
    await tellNothingToChoose(value);
    return undefined;
  }
  return (await vscode.window.showQuickPick(items, { placeHolder: placeholder }))?.endpoint;
}
