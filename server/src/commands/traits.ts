import { conditionText, scopeText } from '../alerts/words.ts';
import { layerName } from '../layers/effective.ts';
import type { RolloutStatus } from '../rollout/status.ts';
import type { Scope } from '../store/access-contract.ts';
import type { AlertRule } from '../store/alert-contract.ts';
import type { FleetEvent } from '../store/event-contract.ts';
import type { LayerKey } from '../store/layer-contract.ts';
import type { CommandArgs, CommandName, CommandResult } from './commands.ts';

/** What is remembered of a command that was done. */
export type Remembered = Pick<FleetEvent, 'kind' | 'alias' | 'text' | 'data'>;

/** `A` and `R`: the command's arguments and result. */
export interface Traits<A = unknown, R = unknown> {
  scope: Scope;
  /** The event that a command leaves behind; undefined when it changed nothing. Pure. */
  event?(args: A, result: R): Remembered | undefined;
  /** It writes files on the server's machine, so that it is for that machine's command line only. */
  local?: true;
  /** Arguments that are paths of files to read: a caller from elsewhere sends the files first. */
  files?: readonly (string & keyof A)[];
}

const looks = { scope: 'read' } as const;
const rollout = (kind: string, done: string) => ({
  scope: 'operate' as const,
  event: (_: unknown, { rollout: { id, spec } }: { rollout: RolloutStatus }): Remembered => ({
    kind: `rollout.${kind}`,
    text: `rollout ${id} of ${spec.version} was ${done}`,
    data: { rollout: id },
  }),
});

const layer = (kind: 'set' | 'removed' | 'rolledBack', done: string) => ({
  scope: 'operate' as const,
  event: (
    _: unknown,
    result: LayerKey & { version: number; changed: string[]; same: boolean },
  ): Remembered | undefined =>
    result.same && result.changed.length === 0
      ? undefined
      : {
          kind: `layer.${kind}`,
          ...(result.kind === 'board' ? { alias: result.name } : {}),
          text: `the layer of ${layerName(result)} ${done} (version ${result.version}); it changes ${result.changed.length} configs`,
          data: { layer: result.kind, name: result.name, version: result.version },
        },
});

const rule = (kind: string, done: string) => ({
  scope: 'operate' as const,
  event: (_: unknown, { rule: { id, name, scope, when } }: { rule: AlertRule }): Remembered => ({
    kind: `rule.${kind}`,
    text: `the alert rule ${name} ${done}: ${conditionText(when)}, for ${scopeText(scope)}`,
    data: { rule: id },
  }),
});

/** The running server looks after its webhooks anew by these events. */
const webhook = (kind: string, done: string) => ({
  scope: 'admin' as const,
  event: (_: unknown, { id, name }: { id: string; name: string }): Remembered => ({
    kind: `webhook.${kind}`,
    text: `the webhook ${name} ${done}`,
    data: { webhook: id },
  }),
});

/** Who may use each command, and what is remembered of it. */
export const TRAITS: { readonly [N in CommandName]: Traits<CommandArgs<N>, CommandResult<N>> } = {
  enroll: {
    scope: 'operate',
    event: ({ secret }, { alias }) => ({
      kind: 'device.token',
      alias,
      text: secret === false ? 'a token without a secret was made' : 'a token was made that lets a board in',
    }),
  },
  devices: looks,
  approve: {
    scope: 'operate',
    event: (_, { device: { alias, fingerprint } }) => ({
      kind: 'device.approved',
      alias,
      text: `let in with the key ${fingerprint}`,
      data: { fingerprint },
    }),
  },
  revoke: {
    scope: 'operate',
    event: (_, { alias }) => ({ kind: 'device.revoked', alias, text: 'shut out' }),
  },
  configGet: looks,
  configSet: {
    scope: 'operate',
    event: (_, { alias, version, changed }) =>
      changed
        ? { kind: 'config.set', alias, text: `config ${version} was set`, data: { version } }
        : undefined,
  },
  layerSet: layer('set', 'was set'),
  layerRemove: layer('removed', 'was taken away'),
  layerRollback: layer('rolledBack', 'was rolled back'),
  layerGet: looks,
  layerList: looks,
  layerHistory: looks,
  layerDiff: looks,
  layerCheck: looks,
  alertList: looks,
  alertAcknowledge: {
    scope: 'operate',
    event: (_, { alert: { id, alias, name } }) => ({
      ...{
        kind: 'alert.acknowledged',
        alias,
        text: `alert ${id} (${name}) is being seen to`,
        data: { alert: id },
      },
    }),
  },
  alertRuleList: looks,
  alertRuleAdd: rule('added', 'was added'),
  alertRuleSet: rule('changed', 'was changed'),
  alertRuleRemove: rule('removed', 'was removed'),
  releasePublish: {
    scope: 'admin',
    files: ['file'],
    event: (_, { published, release: { platform, version, sequence } }) =>
      published
        ? {
            kind: 'release.published',
            text: `${version} for ${platform} was published`,
            data: { platform, version, sequence },
          }
        : undefined,
  },
  releasePublishSigned: {
    scope: 'admin',
    files: ['targets', 'files'],
    event: (_, { releases }) =>
      releases.length === 0
        ? undefined
        : {
            kind: 'release.published',
            text: `${releases.map(({ version, platform }) => `${version} for ${platform}`).join(', ')} was published`,
          },
  },
  releaseList: looks,
  rolloutCreate: rollout('created', 'created'),
  rolloutStatus: looks,
  rolloutList: looks,
  rolloutPause: rollout('paused', 'paused'),
  rolloutResume: rollout('resumed', 'resumed'),
  rolloutAbort: rollout('aborted', 'aborted'),
  groupSet: {
    scope: 'operate',
    event: (_, { alias, groups }) => ({
      kind: 'device.groups',
      alias,
      text: groups.length === 0 ? 'it is in no group now' : `its groups are ${groups.join(', ')} now`,
      data: { groups },
    }),
  },
  pinSet: {
    scope: 'operate',
    event: (_, { kind, name, version }) => ({
      kind: 'pin.set',
      ...(kind === 'board' ? { alias: name } : {}),
      text: `the ${kind} ${name} was pinned to ${version}`,
    }),
  },
  pinRemove: {
    scope: 'operate',
    event: (_, { kind, name }) => ({
      kind: 'pin.removed',
      ...(kind === 'board' ? { alias: name } : {}),
      text: `the ${kind} ${name} is not pinned any more`,
    }),
  },
  login: {
    scope: 'admin',
    event: (_, { name, scope }) => ({
      kind: 'access.link',
      text: `a link was made that logs in as ${name} with the scope ${scope}`,
    }),
  },
  tokenAdd: {
    scope: 'admin',
    event: (_, { name, scope }) => ({
      kind: 'access.token',
      text: `the token ${name} was made, with the scope ${scope}`,
    }),
  },
  tokenList: { scope: 'admin' },
  tokenRevoke: {
    scope: 'admin',
    event: (_, { name }) => ({ kind: 'access.revoked', text: `the token ${name} was revoked` }),
  },
  sessionList: { scope: 'admin' },
  sessionEnd: {
    scope: 'admin',
    event: (_, { name }) => ({ kind: 'session.ended', text: `the session of ${name} was ended` }),
  },
  keysInit: {
    scope: 'admin',
    local: true,
    event: () => ({ kind: 'keys.made', text: 'the online keys were made' }),
  },
  keysShow: looks,
  keysRotate: {
    scope: 'admin',
    event: ({ role }, { done }) => ({
      kind: 'keys.rotated',
      text: done ? `the ${role} key was exchanged` : `a new ${role} key waits for the next root`,
    }),
  },
  keysImport: {
    scope: 'admin',
    local: true,
    event: () => ({ kind: 'keys.imported', text: 'signed metadata was taken in' }),
  },
  keysExport: { scope: 'admin', local: true },
  events: looks,
  records: looks,
  gaps: looks,
  retentionGet: looks,
  retentionSet: {
    scope: 'admin',
    event: (_, { rawDays, hourDays, before }) =>
      rawDays === before.rawDays && hourDays === before.hourDays
        ? undefined
        : {
            kind: 'retention.set',
            text: `records are kept ${rawDays} days and hours ${hourDays} days now`,
            data: { rawDays, hourDays, before },
          },
  },
  integrationList: looks,
  integrationSet: {
    scope: 'admin',
    event: (_, { name, setting: { on }, before }) => ({
      kind: 'integration.set',
      text: `the integration ${name} ${on ? (before ? 'was changed' : 'was switched on') : 'is off now'}`,
      data: { integration: name, on },
    }),
  },
  webhookAdd: webhook('added', 'was added'),
  webhookSet: webhook('changed', 'was changed'),
  webhookRemove: webhook('removed', 'was removed'),
  webhookList: { scope: 'admin' },
  webhookTest: webhook('tested', 'is sent a test message'),
  webhookDeliveries: { scope: 'admin' },
  status: looks,
};
