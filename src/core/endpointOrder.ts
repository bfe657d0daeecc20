import { checkName, type Endpoint, type Profile, placeOf } from './configuration.ts';
import {
  type ConfigurationEdit,
  failed,
  findProfile,
  namesOf,
  profileOfEndpoint,
  withConfiguration,
} from './configurationEdits.ts';

/*
 * The order of the endpoints of a profile, which people see and change. Under the strategy `priority` the numbers are
 * the order: there a move gives them anew, so that what is seen is what is done.
 */

/** The endpoints of a profile as they are shown: by number where that is the strategy, else as they were put. */
export function endpointsInOrder({ endpoints, strategy }: Profile): readonly Endpoint[] {
  return strategy === 'priority' ? endpoints.toSorted((a, b) => a.priority - b.priority) : endpoints;
}

/** Where an endpoint is to go. */
export interface EndpointDestination {
  readonly profileId: string;
  /** Id of the endpoint that it comes before; null, or one that is not there, for the end. */
  readonly before: string | null;
}

/**
 * Moves an endpoint, within its profile or to another one. Its id and with it its key, its history and what is known of
 * it go along.
 */
export function moveEndpoint(
  endpointId: string,
  { profileId, before }: EndpointDestination,
): ConfigurationEdit {
  return (contents) => {
    const { configuration } = contents;
    const from = placeOf(configuration, endpointId);
    if (!from) return failed('endpointGone');
    const to = findProfile(contents, profileId);
    if (!to) return failed('profileGone');
    const { endpoint } = from;
    if (before === endpointId) return { ok: true, contents };
    if (checkName(endpoint.name, namesOf(to.endpoints, endpointId))) return failed('nameTakenThere');
    const others = endpointsInOrder(to).filter(({ id }) => id !== endpointId);
    const place = others.findIndex(({ id }) => id === before);
    const moved = others.toSpliced(place === -1 ? others.length : place, 0, endpoint);
    const endpoints = to.strategy === 'priority' ? numbered(moved, endpointId) : moved;
    const profiles = configuration.profiles.map((profile) => {
      if (profile.id === profileId) return { ...profile, endpoints };
      if (profile !== from.profile) return profile;
      return { ...profile, endpoints: profile.endpoints.filter(({ id }) => id !== endpointId) };
    });
    return withConfiguration(contents, { profiles });
  };
}

/**
 * Moves an endpoint one place up (-1) or down (1) in its profile, as it is shown now; undefined where there is no such
 * place. The place is found here and not when the edit is made, so that the edit can be made twice.
 */
export function moveEndpointBy(
  configuration: Parameters<typeof profileOfEndpoint>[0],
  endpointId: string,
  by: -1 | 1,
): ConfigurationEdit | undefined {
  const profile = profileOfEndpoint(configuration, endpointId);
  if (!profile) return undefined;
  const order = endpointsInOrder(profile);
  const place = order.findIndex(({ id }) => id === endpointId);
  if (!order[place + by]) return undefined;
  const before = order[by === -1 ? place - 1 : place + 2]?.id ?? null;
  return moveEndpoint(endpointId, { profileId: profile.id, before });
}

/**
 * Numbers from 1 in this order. Neighbours that shared a number, and so the requests, still do; the one that was moved
 * gets a number of its own, for that is what moving it says.
 */
function numbered(order: readonly Endpoint[], movedId: string): Endpoint[] {
  let priority = 0;
  return order.map((endpoint, index) => {
    const last = order[index - 1];
    const isShared = last?.priority === endpoint.priority && last.id !== movedId && endpoint.id !== movedId;
    if (!isShared) priority += 1;
    return { ...endpoint, priority };
  });
}
