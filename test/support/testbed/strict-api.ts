// An API access that has the server refuse what it would otherwise drop in silence: unknown and duplicate fields.
import type { FleetApi } from "../fleet/fleet-api.ts";

/** The same access, with strict field validation on every write. */
export function strictApi(api: FleetApi): FleetApi {
  return {
    request: (method, path, body, headers) => {
      if (method === "GET" || method === "DELETE") return api.request(method, path, body, headers);
      const strict = `${path}${path.includes("?") ? "&" : "?"}fieldValidation=Strict`;
      return api.request(method, strict, body, headers);
    },
  };
}
