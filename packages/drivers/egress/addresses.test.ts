import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, isPublic, isWithin, parseNetwork } from './addresses.ts'

const PUBLIC = [
  '8.8.8.8',
  '100.63.255.255',
  '100.128.0.0',
  '172.15.0.1',
  '172.32.0.1',
  '192.0.1.1',
  '223.255.255.255',
  '2606:4700:4700::1111',
  '2a00:1450::1',
  '::ffff:8.8.8.8',
  '64:ff9b::808:808',
  '2002:808:808::1',
  '2001:0:808:808::f7f7:f7f7',
]
for (const address of PUBLIC) test(`public: ${address}`, () => assert.ok(isPublic(address)))

const NOT_PUBLIC = [
  '0.0.0.0',
  '0.1.2.3',
  '10.1.2.3',
  '100.64.0.1',
  '100.127.255.255',
  '127.0.0.1',
  '127.255.255.255',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.192',
  '192.0.2.1',
  '192.88.99.1',
  '192.168.0.1',
  '198.18.0.1',
  '198.19.255.255',
  '198.51.100.1',
  '203.0.113.1',
  '224.0.0.1',
  '239.255.255.255',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::127.0.0.1',
  '::8.8.8.8',
  '::ffff:127.0.0.1',
  '::ffff:a9fe:a9fe',
  '64:ff9b::a9fe:a9fe',
  '64:ff9b::127.0.0.1',
  '64:ff9b:1::808:808',
  '2002:7f00:1::',
  '2002:a9fe:a9fe::1',
  '2001:0:7f00:1::f7f7:f7f7',
  '2001:0:808:808::80ff:fffe',
  '2001:db8::1',
  '2001:2::1',
  '3fff::1',
  'fc00::1',
  'fd12:3456::1',
  'fe80::1',
  'fe80::1%eth0',
  'fec0::1',
  'ff02::1',
  '100::1',
  '5f00::1',
  '',
  'localhost',
  '1.2.3',
  '2130706433',
]
for (const address of NOT_PUBLIC) test(`not public: '${address}'`, () => assert.ok(!isPublic(address)))

test('an address is the same bytes in every spelling', () => {
  assert.deepEqual(bytesOf('::ffff:1.2.3.4'), bytesOf('0:0:0:0:0:ffff:102:304'))
  assert.deepEqual(bytesOf('1::'), bytesOf('1:0:0:0:0:0:0:0'))
  assert.equal(bytesOf('::')!.length, 16)
})

test('a network holds addresses of its own kind only', () => {
  const network = parseNetwork('10.1.0.0/20')!
  assert.ok(isWithin(bytesOf('10.1.15.255')!, network))
  assert.ok(!isWithin(bytesOf('10.1.16.0')!, network))
  assert.ok(!isWithin(bytesOf('::ffff:10.1.0.1')!, network))
  for (const wrong of ['10.0.0.0/33', '10.0.0.0/8/8', 'fd00::/129', 'a/8', '10.0.0.0/-1']) {
    assert.equal(parseNetwork(wrong), undefined)
  }
})
