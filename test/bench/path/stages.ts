/**
 * Which function belongs to which stage of a packet's journey, as docs/architecture.md tells it. A
 * function that is not here counts for the stage it is called from; a stage that shows up as `other`
 * is a function that got a new name.
 */
import type { StageTable } from './profile-tree.ts';

export const OUT_STAGES: StageTable = {
  read: 'read',
  'outbound #route': 'route',
  'outbound #owner': 'route',
  'outbound #lookup6': 'route',
  'allowed-ips lookup4': 'route',
  split: 'split',
  'outbound-batch splitFrame': 'split',
  'outbound #sendFrame': 'split',
  'outbound-batch #claim': 'number and disguise',
  'outbound-batch #numberGroup': 'number and disguise',
  'outbound-batch #disguise': 'number and disguise',
  'outbound-batch #randomize': 'number and disguise',
  writeHeaders: 'number and disguise',
  disguise: 'number and disguise',
  'header-mask maskJobs': 'mask',
  seal: 'seal',
  'outbound-batch #finishGroup': 'seal',
  'outbound-batch #cutRuns': 'cut runs',
  'outbound-batch #send': 'send',
  send: 'send',
};

export const IN_STAGES: StageTable = {
  receive: 'receive',
  'inbound #scanMessage': 'scan',
  'datagram-scan take': 'scan',
  'datagram-scan prepare': 'unmask',
  'datagram-scan unmaskHeader': 'unmask',
  'header-mask keystreams': 'unmask',
  'inbound #handleDatagram': 'classify',
  'inbound #handleScan': 'classify',
  'inbound #handleTransport': 'find session',
  'session-table find': 'find session',
  'inbound-batch add': 'find session',
  open: 'open',
  'inbound-batch #finishGroup': 'open',
  'inbound-batch #finishPacket': 'replay check',
  'inbound-batch #deliver': 'source check',
  mergeBegin: 'merge',
  mergeAdd: 'merge',
  mergeFinish: 'merge',
  'inbound-batch #write': 'write',
  'inbound-batch #accountGroup': 'account',
};
