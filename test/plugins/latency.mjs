// A plugin as a module: the newest latency of a service, from a server that answers {"p99": 0.12}.
export const interfaceVersion = 1;

export const provider = {
  async measure({ url, service }, { http }) {
    const response = await http.request({ url: `${url}/latency/${encodeURIComponent(service)}` });
    if (response.status !== 200) throw new Error(`the latency server answered ${response.status}`);
    const { p99 } = JSON.parse(response.text());
    if (typeof p99 !== 'number') throw new Error(`there is no p99 of ${service} yet`);
    return { kind: 'value', value: { p99 }, metadata: { service } };
  },
};
