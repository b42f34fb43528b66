/**
 * Runs each command of the service's own scripts and of BullMQ's once, on keys of each type, and removes them.
 * KEYS string hash sorted-set set list stream · ARGV channel → {command error}… of those that failed
 */
export const TRIAL = `
local text, hash, sorted, set, list, stream = unpack(KEYS)
local failed = {}
local function try(...)
  local reply = redis.pcall(...)
  if type(reply) == 'table' and reply.err then
    failed[#failed + 1] = string.lower((...))
    failed[#failed + 1] = reply.err
  end
end
try('TIME')
try('SET', text, '1', 'PX', '60000')
try('GET', text)
try('INCR', text)
try('EXISTS', text)
try('PEXPIRE', text, '60000')
try('PTTL', text)
try('HSET', hash, 'a', '1')
try('HMSET', hash, 'b', '1')
try('HINCRBY', hash, 'b', '1')
try('HGET', hash, 'a')
try('HMGET', hash, 'a')
try('HGETALL', hash)
try('HEXISTS', hash, 'a')
try('HDEL', hash, 'a')
try('ZADD', sorted, '1', 'a')
try('ZCARD', sorted)
try('ZCOUNT', sorted, '0', '1')
try('ZSCORE', sorted, 'a')
try('ZRANGE', sorted, '0', '0')
try('ZRANGEBYSCORE', sorted, '0', '1')
try('ZREVRANGEBYSCORE', sorted, '1', '0')
try('ZREM', sorted, 'a')
try('ZPOPMIN', sorted)
try('SADD', set, 'a')
try('SCARD', set)
try('SMEMBERS', set)
try('SMISMEMBER', set, 'a')
try('SREM', set, 'a')
try('LPUSH', list, 'a')
try('RPUSH', list, 'a')
try('RPOPLPUSH', list, list)
try('LLEN', list)
try('LRANGE', list, '0', '0')
try('LPOS', list, 'a')
try('LINDEX', list, '0')
try('LTRIM', list, '0', '0')
try('LREM', list, '0', 'a')
try('RPOP', list)
try('XADD', stream, '*', 'a', '1')
try('XTRIM', stream, 'MAXLEN', '0')
try('PUBLISH', ARGV[1], '')
try('DEL', unpack(KEYS))
return failed`;
