import * as vscode from 'vscode';
import type { Endpoint, Profile } from '../../core/configuration.ts';
import type { Model } from '../model.ts';
import { plainLabel } from '../plainLabel.ts';

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

/** The profile that a command is called on, else the one that the user picks. Undefined cancels. */
export async function chooseProfile(
  { value }: Model,
  argument: unknown,
  placeholder: string,
): Promise<Profile | undefined> {
  const { profiles, activeProfile } = value.configuration;
  const target = targetOf(argument);
  if (target) return profiles.find((profile) => profile.id === target.id);
  const items = profiles.map((profile) => ({
    label: plainLabel(profile.name),
    description: profile.id === activeProfile ? vscode.l10n.t('active') : '',
    profile,
  }));
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
  return (await vscode.window.showQuickPick(items, { placeHolder: placeholder }))?.endpoint;
}
