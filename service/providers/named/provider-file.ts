import { readFileSync } from 'node:fs';
import {
  parseDocuments,
  type ProviderConfigs,
  refusedFaults,
  validateDocument,
} from '../../../schemas/index.js';
import { ConfigError } from '../../platform/index.js';
import { egressFaults } from '../http/namespace-clients.js';
import { errorText } from '../provider-error.js';

/**
 * The file that `ASSAY_PROVIDERS_FILE` names, its shape checked.
 * @throws ConfigError with every fault and its path.
 */
export function readProviderFile(path: string): ProviderConfigs {
  let documents: ReturnType<typeof parseDocuments>;
  try {
    documents = parseDocuments(readFileSync(path, 'utf8'), { source: path });
  } catch (error) {
    throw new ConfigError([`ASSAY_PROVIDERS_FILE: ${errorText(error)}`]);
  }
  const [document, another] = documents;
  if (document === undefined || another !== undefined) {
    throw new ConfigError([`${path}: must be one document with a list of providers or plugins`]);
  }
  const { value, ...report } = validateDocument('ProviderConfigs', document.value);
  // A misspelt field is a header or a certificate that is not sent: better to hear of it now.
  const faults = refusedFaults(report);
  if (faults.length > 0 || value === undefined) {
    throw new ConfigError(
      faults.map(({ path: place, message }) => `${path}: ${place === '' ? '' : `${place}: `}${message}`),
    );
  }
  const ranges = egressFaults(value.egress ?? []);
  if (ranges.length > 0) throw new ConfigError(ranges.map((fault) => `${path}: ${fault}`));
  return value;
}
