/**
 * The writes of the store, each one atomic as a Lua script. A run's hash has the fields `run` (JSON), `is`
 * (`createdAt|fingerprint|incarnation`: tells it from another run that had its id before), `term` (why it is to end early), `done`
 * (`phase|expiry|JSON`, present: it has ended), `by` (who ended it), `kept` (it is in the archive) and one `s:METRIC` for each series (`seq|nextAt|JSON`). The hash of its deliveries has one field for each (`state|version|JSON`). The scripts move JSON
 * about and never read it: Lua's cjson would change it. A script whose reply got lost is sent again by the client: each
 * knows its own work by what it left, and answers as it did. What is published on the channel of a run says that it only went
 * on, or nothing.
 */

/** What is published of a run that only went on. */
export const PROGRESS = 'progress';

/** Adds the deliveries {id nextAt value replaces}… that stand in ARGV from `first`; answers the index after them. */
const ADD_DELIVERIES = `
local function addDeliveries(run, hash, outbox, first, count)
  local after = first + 4 * count
  for i = first, after - 1, 4 do
    redis.call('HSET', hash, ARGV[i], ARGV[i + 2])
    redis.call('ZADD', outbox, ARGV[i + 1], run .. '\\n' .. ARGV[i])
    if ARGV[i + 3] ~= '' then
      redis.call('HDEL', hash, ARGV[i + 3])
      redis.call('ZREM', outbox, run .. '\\n' .. ARGV[i + 3])
    end
  end
  return after
end`;

/**
 * KEYS run all namespace phases next expiry outbox deliveries archive running · ARGV id createdAt channel run done phase expiresAt term identity archiveAt (empty: never) maxRunning (empty: any) count {delivery}… {metric nextAt lookedForAt}…
 * → [created, fields, held metrics], with 2 for created when as many runs of the namespace go on as may. A series is held that is looked for only later, although it is due.
 */
export const CREATE = `${ADD_DELIVERIES}
local fields = redis.call('HGETALL', KEYS[1])
local id, now = ARGV[1], ARGV[2]
local first = 13 + 4 * ARGV[12]
if #fields > 0 then
  local held = {}
  for i = first, #ARGV, 3 do
    local head = redis.call('HGET', KEYS[1], 's:' .. ARGV[i])
    local dueAt = head and string.match(head, '^0|([^|]*)|')
    local lookedForAt = dueAt and redis.call('ZSCORE', KEYS[5], id .. '\\n' .. ARGV[i])
    if lookedForAt and tonumber(lookedForAt) > math.max(tonumber(dueAt), tonumber(now)) then held[#held + 1] = ARGV[i] end
  end
  return {redis.call('HGET', KEYS[1], 'is') == ARGV[9] and 1 or 0, fields, held}
end
if ARGV[5] == '' then
  if ARGV[11] ~= '' and redis.call('SCARD', KEYS[10]) >= tonumber(ARGV[11]) then return {2, {}, {}} end
  redis.call('SADD', KEYS[10], id)
end
redis.call('HSET', KEYS[1], 'run', ARGV[4], 'is', ARGV[9])
if ARGV[5] ~= '' then
  redis.call('HSET', KEYS[1], 'done', ARGV[5])
  redis.call('ZADD', KEYS[6], ARGV[7], id)
  if ARGV[10] ~= '' then redis.call('ZADD', KEYS[9], ARGV[10], id) end
end
if ARGV[8] ~= '' then redis.call('HSET', KEYS[1], 'term', ARGV[8]) end
for i = addDeliveries(id, KEYS[8], KEYS[7], 13, tonumber(ARGV[12])), #ARGV, 3 do
  redis.call('HSET', KEYS[1], 's:' .. ARGV[i], '0|' .. ARGV[i + 1] .. '|')
  redis.call('ZADD', KEYS[5], ARGV[i + 2], id .. '\\n' .. ARGV[i])
end
redis.call('ZADD', KEYS[2], now, id)
redis.call('ZADD', KEYS[3], now, id)
redis.call('HINCRBY', KEYS[4], ARGV[6], 1)
redis.call('PUBLISH', ARGV[3], ARGV[5] == '' and '${PROGRESS}' or '')
return {1, redis.call('HGETALL', KEYS[1]), {}}`;

/**
 * KEYS run next outbox deliveries · ARGV id identity metric seq nextAt result channel term now count {delivery}… {metric head}…
 * → [term, series…], or false when another writer was first. With another `term` than the caller's, the series is due now. `head` is the `seq|nextAt|` that the caller knows another series by; the reply has
 * that series, or nothing when it still begins so.
 */
export const COMMIT = `${ADD_DELIVERIES}
local field = 's:' .. ARGV[3]
local is, series, done, term = unpack(redis.call('HMGET', KEYS[1], 'is', field, 'done', 'term'))
term = term or ''
local nextAt = term == ARGV[8] and ARGV[5] or ARGV[9]
local state = string.format('%d|%s|%s', ARGV[4] + 1, nextAt, ARGV[6])
if is ~= ARGV[2] then return false end
if series ~= state then
  if done or not series or string.match(series, '^(%d+)|') ~= ARGV[4] then return false end
  redis.call('HSET', KEYS[1], field, state)
  redis.call('ZADD', KEYS[2], nextAt, ARGV[1] .. '\\n' .. ARGV[3])
  addDeliveries(ARGV[1], KEYS[4], KEYS[3], 11, tonumber(ARGV[10]))
end
local reply = {term}
for i = 11 + 4 * ARGV[10], #ARGV, 2 do
  local other = redis.call('HGET', KEYS[1], 's:' .. ARGV[i]) or ''
  local known = string.sub(other, 1, #ARGV[i + 1]) == ARGV[i + 1]
  reply[#reply + 1] = known and '' or other
end
redis.call('PUBLISH', ARGV[7], '${PROGRESS}')
return reply`;

/** KEYS run next · ARGV id identity metric seq nextAt */
export const POSTPONE = `
local field = 's:' .. ARGV[3]
local is, series, done = unpack(redis.call('HMGET', KEYS[1], 'is', field, 'done'))
if is ~= ARGV[2] or done or not series then return 0 end
local seq, result = string.match(series, '^(%d+)|[^|]*|(.*)$')
if seq ~= ARGV[4] then return 0 end
redis.call('HSET', KEYS[1], field, seq .. '|' .. ARGV[5] .. '|' .. result)
redis.call('ZADD', KEYS[2], ARGV[5], ARGV[1] .. '\\n' .. ARGV[3])
return 1`;

/** KEYS run next · ARGV id identity metric head until. Holds the series as long as it begins with `head` (`seq|nextAt|`): what has come since is looked for at its own time. */
export const HOLD = `
local is, series, done = unpack(redis.call('HMGET', KEYS[1], 'is', 's:' .. ARGV[3], 'done'))
if is ~= ARGV[2] or done or not series or string.sub(series, 1, #ARGV[4]) ~= ARGV[4] then return 0 end
return redis.call('ZADD', KEYS[2], 'XX', 'GT', ARGV[5], ARGV[1] .. '\\n' .. ARGV[3])`;

/** KEYS run next · ARGV id now channel reason identity (empty: any) → fields, or false: no such run */
export const TERMINATE = `
local fields = redis.call('HGETALL', KEYS[1])
if #fields == 0 then return false end
if ARGV[5] ~= '' and redis.call('HGET', KEYS[1], 'is') ~= ARGV[5] then return false end
for i = 1, #fields, 2 do
  if fields[i] == 'done' or fields[i] == 'term' then return fields end
end
redis.call('HSET', KEYS[1], 'term', ARGV[4])
for i = 1, #fields, 2 do
  if string.sub(fields[i], 1, 2) == 's:' then
    local seq, result = string.match(fields[i + 1], '^(%d+)|[^|]*|(.*)$')
    redis.call('HSET', KEYS[1], fields[i], seq .. '|' .. ARGV[2] .. '|' .. result)
    redis.call('ZADD', KEYS[2], ARGV[2], ARGV[1] .. '\\n' .. string.sub(fields[i], 3))
  end
end
redis.call('PUBLISH', ARGV[3], '')
return redis.call('HGETALL', KEYS[1])`;

/** KEYS run next phases expiry outbox deliveries archive running · ARGV id identity done phase expiresAt channel by archiveAt (empty: never) term count {delivery}… {metric seq series}… → finished, moved or over */
export const FINISH = `${ADD_DELIVERIES}
local is, done, by, term = unpack(redis.call('HMGET', KEYS[1], 'is', 'done', 'by', 'term'))
if is ~= ARGV[2] then return 'over' end
if done then return by == ARGV[7] and 'finished' or 'over' end
if (term or '') ~= ARGV[9] then return 'moved' end
local count = tonumber(ARGV[10])
for i = 11 + 4 * count, #ARGV, 3 do
  local series = redis.call('HGET', KEYS[1], 's:' .. ARGV[i])
  if not series or string.match(series, '^(%d+)|') ~= ARGV[i + 1] then return 'moved' end
end
for i = addDeliveries(ARGV[1], KEYS[6], KEYS[5], 11, count), #ARGV, 3 do
  if ARGV[i + 2] ~= '' then redis.call('HSET', KEYS[1], 's:' .. ARGV[i], ARGV[i + 2]) end
  redis.call('ZREM', KEYS[2], ARGV[1] .. '\\n' .. ARGV[i])
end
redis.call('HSET', KEYS[1], 'done', ARGV[3], 'by', ARGV[7])
redis.call('HINCRBY', KEYS[3], 'Running', -1)
redis.call('HINCRBY', KEYS[3], ARGV[4], 1)
redis.call('ZADD', KEYS[4], ARGV[5], ARGV[1])
redis.call('SREM', KEYS[8], ARGV[1])
if ARGV[8] ~= '' then redis.call('ZADD', KEYS[7], ARGV[8], ARGV[1]) end
redis.call('PUBLISH', ARGV[6], '')
return 'finished'`;

/**
 * KEYS run next phases expiry outbox all namespace deliveries archive running · ARGV id channel keepUntil archiveAt identity (empty: any) → its last fields; none: there was no such run, or another one has its id now.
 * With keepUntil a run with a pending delivery is kept and expires then: false. With archiveAt so is one that is not archived as it stands, which is due to be then.
 */
export const REMOVE = `
local is = redis.call('HGET', KEYS[1], 'is')
if is and ARGV[5] ~= '' and is ~= ARGV[5] then return {} end
local deliveries = redis.call('HGETALL', KEYS[8])
if ARGV[3] ~= '' then
  for i = 2, #deliveries, 2 do
    if string.sub(deliveries[i], 1, 8) == 'pending|' then
      redis.call('ZADD', KEYS[4], 'XX', ARGV[3], ARGV[1])
      return false
    end
  end
end
if ARGV[4] ~= '' and redis.call('EXISTS', KEYS[1]) == 1 then
  local kept = redis.call('HEXISTS', KEYS[1], 'kept') == 1
  if not kept then redis.call('ZADD', KEYS[9], 'NX', ARGV[4], ARGV[1]) end
  if not kept or redis.call('ZSCORE', KEYS[9], ARGV[1]) then
    redis.call('ZADD', KEYS[4], 'XX', ARGV[3], ARGV[1])
    return false
  end
end
redis.call('ZREM', KEYS[9], ARGV[1])
for i = 1, #deliveries, 2 do redis.call('ZREM', KEYS[5], ARGV[1] .. '\\n' .. deliveries[i]) end
redis.call('DEL', KEYS[8])
redis.call('ZREM', KEYS[4], ARGV[1])
redis.call('ZREM', KEYS[6], ARGV[1])
redis.call('ZREM', KEYS[7], ARGV[1])
redis.call('SREM', KEYS[10], ARGV[1])
local fields = redis.call('HGETALL', KEYS[1])
if #fields == 0 then return fields end
for i = 1, #fields, 2 do
  if string.sub(fields[i], 1, 2) == 's:' then redis.call('ZREM', KEYS[2], ARGV[1] .. '\\n' .. string.sub(fields[i], 3)) end
end
local done = redis.call('HGET', KEYS[1], 'done')
redis.call('HINCRBY', KEYS[3], done and string.match(done, '^(%a+)|') or 'Running', -1)
redis.call('DEL', KEYS[1])
redis.call('PUBLISH', ARGV[2], '')
return fields`;

/** KEYS outbox · ARGV now hiddenUntil (no other lease has the same) limit → items */
export const LEASE = `
local items = redis.call('ZRANGEBYSCORE', KEYS[1], ARGV[2], ARGV[2])
if #items > 0 then return items end
items = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[3])
for _, item in ipairs(items) do redis.call('ZADD', KEYS[1], ARGV[2], item) end
return items`;

/** KEYS deliveries outbox run archive · ARGV id member version value nextAt (empty: not pending any more) run archiveAt (empty: never) → 1, or 0 when it has changed or is gone */
export const SAVE_DELIVERY = `
local before = redis.call('HGET', KEYS[1], ARGV[1])
if before == ARGV[4] then return 1 end
if not before or string.match(before, '^%a+|(%d+)|') ~= ARGV[3] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[4])
if ARGV[5] ~= '' then redis.call('ZADD', KEYS[2], ARGV[5], ARGV[2])
else
  redis.call('ZREM', KEYS[2], ARGV[2])
  if ARGV[7] ~= '' and redis.call('HEXISTS', KEYS[3], 'done') == 1 then redis.call('ZADD', KEYS[4], ARGV[7], ARGV[6]) end
end
return 1`;

/** KEYS run archive · ARGV id identity lease → 1, or 0 when it is due again, or is another run or gone */
export const MARK_ARCHIVED = `
local is, kept = unpack(redis.call('HMGET', KEYS[1], 'is', 'kept'))
if is ~= ARGV[2] then return 0 end
if kept == ARGV[3] then return 1 end
if tonumber(redis.call('ZSCORE', KEYS[2], ARGV[1])) ~= tonumber(ARGV[3]) then return 0 end
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('HSET', KEYS[1], 'kept', ARGV[3])
return 1`;

/** KEYS deliveries outbox · ARGV id member version at */
export const DEFER_DELIVERY = `
local delivery = redis.call('HGET', KEYS[1], ARGV[1])
if not delivery or string.match(delivery, '^%a+|(%d+)|') ~= ARGV[3] then return 0 end
return redis.call('ZADD', KEYS[2], 'XX', ARGV[4], ARGV[2])`;

/**
 * KEYS places · ARGV id score (no other reservation has the same) maxRunning known (empty: not) {id of a run that goes on}…
 * → 'reserved'; 'again': it had one; 'unknown': nobody has counted here; {id score}… of all places when none is free. A place of 0 is that of a run that was made.
 */
export const RESERVE_PLACE = `
if ARGV[4] == '' and redis.call('EXISTS', KEYS[1]) == 0 then return 'unknown' end
for i = 5, #ARGV do redis.call('ZADD', KEYS[1], 'NX', 0, ARGV[i]) end
local held = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not held and redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) then return redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES') end
if not held or tonumber(held) == 0 then redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1]) end
redis.call('PEXPIRE', KEYS[1], 86400000)
return held and 'again' or 'reserved'`;

/** KEYS places · ARGV {id score}… of those to give back, if they still have this score */
export const RELEASE_PLACES = `
for i = 1, #ARGV, 2 do
  local held = redis.call('ZSCORE', KEYS[1], ARGV[i])
  if held and tonumber(held) == tonumber(ARGV[i + 1]) then redis.call('ZREM', KEYS[1], ARGV[i]) end
end
return 1`;
