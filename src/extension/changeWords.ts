import * as vscode from 'vscode';
import type { RevisionCause } from '../core/configuration.ts';
import type { ConfigurationChange, EndpointField, ProfileField } from '../core/configurationChanges.ts';
import { levelText } from './words.ts';

/*
 * What differs between two configurations, in sentences. Names are a user's and may hold anything: whoever shows these
 * texts makes them plain for the place.
 */

/** A change, in one line. */
export function changeText(change: ConfigurationChange): string {
  switch (change.kind) {
    case 'profileAdded':
      return vscode.l10n.t('Profile “{0}” added (endpoints: {1})', change.profile, change.endpoints);
    case 'profileRemoved':
      return vscode.l10n.t('Profile “{0}” removed (endpoints: {1})', change.profile, change.endpoints);
    case 'profileEdited':
      return vscode.l10n.t(
        'Profile “{0}” edited: {1}',
        change.profile,
        listed(change.fields.map(profileField)),
      );
    case 'profileSwitched':
      return change.enabled
        ? vscode.l10n.t('Profile “{0}” enabled', change.profile)
        : vscode.l10n.t('Profile “{0}” disabled', change.profile);
    case 'levelSet':
      return change.level === null
        ? vscode.l10n.t('Profile “{0}” has no level', change.profile)
        : vscode.l10n.t('Profile “{0}” is the {1} one', change.profile, levelText(change.level));
    case 'endpointAdded':
      return vscode.l10n.t('Endpoint “{0}” added to “{1}”', change.endpoint, change.profile);
    case 'endpointRemoved':
      return vscode.l10n.t('Endpoint “{0}” removed from “{1}”', change.endpoint, change.profile);
    case 'endpointMoved':
      return vscode.l10n.t('Endpoint “{0}” moved to “{1}”', change.endpoint, change.profile);
    case 'endpointEdited':
      return vscode.l10n.t(
        'Endpoint “{0}” in “{1}” edited: {2}',
        change.endpoint,
        change.profile,
        listed(change.fields.map(endpointField)),
      );
    case 'endpointSwitched':
      return change.enabled
        ? vscode.l10n.t('Endpoint “{0}” in “{1}” enabled', change.endpoint, change.profile)
        : vscode.l10n.t('Endpoint “{0}” in “{1}” disabled', change.endpoint, change.profile);
    case 'profilesReordered':
      return vscode.l10n.t('Profiles put in another order');
    case 'activeProfileSet':
      return change.profile === null
        ? vscode.l10n.t('No profile is active')
        : vscode.l10n.t('Profile “{0}” is the active one', change.profile);
    case 'policyEdited':
      return vscode.l10n.t('Failover policy edited');
    case 'optionsEdited':
      return vscode.l10n.t('Other values edited');
  }
}

/** What made a version, and what it changed; undefined changes are those of the oldest one, which nobody knows. */
export function versionText(
  cause: RevisionCause,
  changes: readonly ConfigurationChange[] | undefined,
): string {
  const origin = causeText(cause);
  if (changes === undefined) return origin ?? vscode.l10n.t('The oldest version that is known');
  const [first] = changes;
  if (!first) return origin ?? vscode.l10n.t('Nothing changed');
  const others = changes.length - 1;
  const summary =
    others === 0 ? changeText(first) : vscode.l10n.t('{0}, and {1} more', changeText(first), others);
  return origin === undefined ? summary : vscode.l10n.t('{0}: {1}', origin, summary);
}

/** What made a revision, in a word or two; undefined for an ordinary edit. */
export function causeText(cause: RevisionCause): string | undefined {
  switch (cause) {
    case 'edit':
      return undefined;
    case 'import':
      return vscode.l10n.t('Import');
    case 'rollback':
      return vscode.l10n.t('Rollback');
    case 'reset':
    case 'forget':
      return vscode.l10n.t('Reset');
    case 'choice':
      return vscode.l10n.t('Chosen');
  }
}

const listed = (words: readonly string[]): string => words.join(vscode.l10n.t(', '));

function profileField(field: ProfileField): string {
  switch (field) {
    case 'name':
      return vscode.l10n.t('name');
    case 'description':
      return vscode.l10n.t('description');
    case 'strategy':
      return vscode.l10n.t('strategy');
    case 'order':
      return vscode.l10n.t('order of endpoints');
    case 'other':
      return vscode.l10n.t('other values');
  }
}

function endpointField(field: EndpointField): string {
  switch (field) {
    case 'name':
      return vscode.l10n.t('name');
    case 'baseUrl':
      return vscode.l10n.t('address');
    case 'apiKey':
      return vscode.l10n.t('key');
    case 'headers':
      return vscode.l10n.t('headers');
    case 'auth':
      return vscode.l10n.t('authentication');
    case 'protocol':
      return vscode.l10n.t('protocol');
    case 'weight':
      return vscode.l10n.t('weight');
    case 'priority':
      return vscode.l10n.t('priority');
    case 'models':
      return vscode.l10n.t('models');
    case 'modelMap':
      return vscode.l10n.t('replaced models');
    case 'enabled':
      return vscode.l10n.t('enabled or not');
    case 'other':
      return vscode.l10n.t('other values');
  }
}
