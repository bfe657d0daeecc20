import {
  type Configuration,
  findEndpoint,
  type PriorityLevel,
  type Profile,
  placeOf,
} from '../../../core/configuration.ts';
import { type EndpointDestination, endpointsInOrder } from '../../../core/endpointOrder.ts';
import type { LevelTarget, Target } from '../../commands/target.ts';

/** What follows from a drop. */
export type DropEffect =
  | { readonly kind: 'moveEndpoint'; readonly endpointId: string; readonly destination: EndpointDestination }
  | { readonly kind: 'setLevel'; readonly profileId: string; readonly level: PriorityLevel | null };

/**
 * What it means to drop something, or undefined where it means nothing. An endpoint takes the place of the one that it is
 * dropped on, or comes last in a profile; a profile takes the level that it is dropped on, or that of the profile there.
 *
 * @param onto undefined for the empty part of the view
 */
export function dropEffect(
  configuration: Configuration,
  dragged: Target,
  onto: Target | LevelTarget | undefined,
): DropEffect | undefined {
  return dragged.kind === 'endpoint'
    ? endpointDrop(configuration, dragged.id, onto)
    : profileDrop(configuration, dragged.id, onto);
}

function endpointDrop(
  configuration: Configuration,
  endpointId: string,
  onto: Target | LevelTarget | undefined,
): DropEffect | undefined {
  const destination = destinationOf(configuration, endpointId, onto);
  const isThere = findEndpoint(configuration, endpointId) !== undefined;
  return destination && isThere ? { kind: 'moveEndpoint', endpointId, destination } : undefined;
}

function destinationOf(
  configuration: Configuration,
  endpointId: string,
  onto: Target | LevelTarget | undefined,
): EndpointDestination | undefined {
  if (onto?.kind === 'profile') return { profileId: onto.id, before: null };
  if (onto?.kind !== 'endpoint' || onto.id === endpointId) return undefined;
  const profile = placeOf(configuration, onto.id)?.profile;
  if (!profile) return undefined;
  const ids = endpointsInOrder(profile).map(({ id }) => id);
  const [from, to] = [ids.indexOf(endpointId), ids.indexOf(onto.id)];
  // One that comes from above makes room for those that move up.
  const isFromAbove = from !== -1 && from < to;
  return { profileId: profile.id, before: isFromAbove ? (ids[to + 1] ?? null) : onto.id };
}

function profileDrop(
  configuration: Configuration,
  profileId: string,
  onto: Target | LevelTarget | undefined,
): DropEffect | undefined {
  const profile = configuration.profiles.find(({ id }) => id === profileId);
  const level = levelAt(configuration, onto);
  if (!profile || level === undefined || level === profile.priority) return undefined;
  return { kind: 'setLevel', profileId, level };
}

/** The level at a place of the tree; none at all in its empty part, undefined for a place that is gone. */
function levelAt(
  configuration: Configuration,
  onto: Target | LevelTarget | undefined,
): PriorityLevel | null | undefined {
  if (onto === undefined) return null;
  if (onto.kind === 'level') return onto.level;
  return profileAt(configuration, onto)?.priority;
}

function profileAt(configuration: Configuration, { kind, id }: Target): Profile | undefined {
  if (kind === 'endpoint') return placeOf(configuration, id)?.profile;
  return configuration.profiles.find((profile) => profile.id === id);
}
