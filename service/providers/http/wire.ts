import { Axios, type InternalAxiosRequestConfig } from 'axios';
import { exchange, type WireRequest, type WireResponse } from './exchange.js';

/** Takes requests to the network, one hop each. */
export type Wire = (request: WireRequest) => Promise<WireResponse>;

/** A request on its way through axios, which would copy a plain object. */
class Load {
  readonly request: WireRequest;

  constructor(request: WireRequest) {
    this.request = request;
  }
}

/**
 * Axios with an adapter of our own, because the built-in one obeys proxy variables of the environment, follows redirects by
 * itself and costs three times as much. It has no defaults, and headers go around it: axios merges and copies what it
 * has at each request, and there is nothing here that it should add.
 */
export function createWire(): Wire {
  const axios = new Axios({
    async adapter(config) {
      const answer = await exchange(loadOf(config).request);
      return { data: answer, status: answer.status, statusText: '', headers: config.headers, config };
    },
  });
  return async (request) => {
    const { method, address } = request;
    const { data } = await axios.request<WireResponse>({
      url: address.path,
      method,
      data: new Load(request),
    });
    return data;
  };
}

function loadOf({ data }: InternalAxiosRequestConfig<unknown>): Load {
  if (data instanceof Load) return data;
  throw new TypeError('axios lost the request');
}
