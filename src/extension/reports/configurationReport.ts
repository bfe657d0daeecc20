import * as vscode from 'vscode';
import { configFileOf, configFileText } from '../../core/configFileText.ts';
import type { ConfigurationContents, EndpointSecrets } from '../../core/configuration.ts';
import { effectiveConfiguration } from '../settings.ts';
import type { Report } from './reports.ts';

/** A side of a comparison. */
export interface ComparedConfiguration {
  /** What its document is called. */
  readonly name: string;
  readonly contents: ConfigurationContents;
}

/**
 * Two configurations to read side by side, as the files that they would be, with words in the place of keys and header
 * values. On the second side these words tell which of them are other ones than on the first.
 */
export function comparedReports(
  before: ComparedConfiguration,
  after: ComparedConfiguration,
): [Report, Report] {
  return [configurationReport(before, before.contents), configurationReport(after, before.contents)];
}

function configurationReport(
  { name, contents }: ComparedConfiguration,
  first: ConfigurationContents,
): Report {
  const configuration = effectiveConfiguration(contents.configuration);
  const masked = (id: string) => maskedSecrets(contents.secrets[id], first.secrets[id]);
  return { name, text: configFileText(configFileOf(configuration, masked)), language: 'json' };
}

function maskedSecrets(
  own: EndpointSecrets | undefined,
  other: EndpointSecrets | undefined,
): EndpointSecrets {
  const headers = Object.entries(own?.headers ?? {}).map(([name, value]) => {
    const there = other?.headers[name];
    return [name, there === undefined || there === value ? hidden() : hiddenOther()];
  });
  return { apiKey: maskedKey(own?.apiKey ?? '', other?.apiKey ?? ''), headers: Object.fromEntries(headers) };
}

function maskedKey(own: string, other: string): string {
  if (own === '') return vscode.l10n.t('(no key)');
  return other === '' || other === own
    ? vscode.l10n.t('(key, hidden)')
    : vscode.l10n.t('(another key, hidden)');
}

const hidden = (): string => vscode.l10n.t('(hidden)');
const hiddenOther = (): string => vscode.l10n.t('(another value, hidden)');
