// AWAIT_INDEXES
CALL db.awaitIndexes(3600);

// SET_BAKAU
MERGE (x:Bakau {id: 1}) SET x += $row;

// ANNOUNCE_BATCHES
UNWIND $rows AS row MERGE (b:Batch {id: row.id}) ON CREATE SET b.state = 'waiting' SET b += row;

// BEGIN_BATCH
MATCH (b:Batch {id: $id}) SET b.state = 'loading';

// FINISH_BATCH
MATCH (b:Batch {id: $id}) SET b.state = 'loaded', b.chunks = COUNT { (b)-[:HAS]->() };

// MARK_CHUNK
MATCH (b:Batch {id: $batch}) CREATE (b)-[:HAS]->(c:Chunk) SET c = $row;

// BEGIN_REMOVAL
MATCH (b:Batch {id: $id}) SET b.state = 'removing'
WITH b MATCH (b)-[:HAS]->(c:Chunk) DETACH DELETE c;

// FORGET_BATCH
MATCH (b:Batch {id: $id}) OPTIONAL MATCH (b)-[:HAS]->(c:Chunk) DETACH DELETE c, b;

// WRITE_ACCOUNTS[]
UNWIND $rows AS row MERGE (x:Account {key: row.key}) REMOVE x:BankAccount:LoanAccount:EWallet:Card:GiftCard:CryptoAddress:CashPoint:Merchant:PlatformAccount:Unknown:Hub SET x += row;

// WRITE_ACCOUNTS[bank_account]
UNWIND $rows AS row MERGE (x:Account {key: row.key}) REMOVE x:BankAccount:LoanAccount:EWallet:Card:GiftCard:CryptoAddress:CashPoint:Merchant:PlatformAccount:Unknown:Hub SET x:BankAccount SET x += row;

// WRITE_ACCOUNTS[loan_account]
UNWIND $rows AS row MERGE (x:Account {key: row.key}) REMOVE x:BankAccount:LoanAccount:EWallet:Card:GiftCard:CryptoAddress:CashPoint:Merchant:PlatformAccount:Unknown:Hub SET x:LoanAccount SET x += row;

// WRITE_ACCOUNTS[e_wallet]
UNWIND $rows AS row MERGE (x:Account {key: row.key}) REMOVE x:BankAccount:LoanAccount:EWallet:Card:GiftCard:CryptoAddress:CashPoint:Merchant:PlatformAccount:Unknown:Hub SET x:EWallet SET x += row;

// WRITE_ACCOUNTS[card]
UNWIND $rows AS row MERGE (x:Account {key: row.key}) REMOVE x:BankAccount:LoanAccount:EWallet:Card:GiftCard:CryptoAddress:CashPoint:Merchant:PlatformAccount:Unknown:Hub SET x:Card SET x += row;

// WRITE_ACCOUNTS[gift_card]
UNWIND $rows AS row MERGE (x:Account {key: row.key}) REMOVE x:BankAccount:LoanAccount:EWallet:Card:GiftCard:CryptoAddress:CashPoint:Merchant:PlatformAccount:Unknown:Hub SET x:GiftCard SET x += row;

// WRITE_ACCOUNTS[crypto_address]
UNWIND $rows AS row MERGE (x:Account {key: row.key}) REMOVE x:BankAccount:LoanAccount:EWallet:Card:GiftCard:CryptoAddress:CashPoint:Merchant:PlatformAccount:Unknown:Hub SET x:CryptoAddress SET x += row;

// WRITE_ACCOUNTS[cash_point]
UNWIND $rows AS row MERGE (x:Account {key: row.key}) REMOVE x:BankAccount:LoanAccount:EWallet:Card:GiftCard:CryptoAddress:CashPoint:Merchant:PlatformAccount:Unknown:Hub SET x:CashPoint SET x += row;

// WRITE_ACCOUNTS[merchant]
UNWIND $rows AS row MERGE (x:Account {key: row.key}) REMOVE x:BankAccount:LoanAccount:EWallet:Card:GiftCard:CryptoAddress:CashPoint:Merchant:PlatformAccount:Unknown:Hub SET x:Merchant SET x += row;

// WRITE_ACCOUNTS[platform_account]
UNWIND $rows AS row MERGE (x:Account {key: row.key}) REMOVE x:BankAccount:LoanAccount:EWallet:Card:GiftCard:CryptoAddress:CashPoint:Merchant:PlatformAccount:Unknown:Hub SET x:PlatformAccount SET x += row;

// WRITE_ACCOUNTS[unknown]
UNWIND $rows AS row MERGE (x:Account {key: row.key}) REMOVE x:BankAccount:LoanAccount:EWallet:Card:GiftCard:CryptoAddress:CashPoint:Merchant:PlatformAccount:Unknown:Hub SET x:Unknown SET x += row;

// CREATE_ACCOUNTS[]
UNWIND $rows AS row CREATE (x:Account) SET x = row;

// CREATE_ACCOUNTS[bank_account]
UNWIND $rows AS row CREATE (x:Account:BankAccount) SET x = row;

// CREATE_ACCOUNTS[loan_account]
UNWIND $rows AS row CREATE (x:Account:LoanAccount) SET x = row;

// CREATE_ACCOUNTS[e_wallet]
UNWIND $rows AS row CREATE (x:Account:EWallet) SET x = row;

// CREATE_ACCOUNTS[card]
UNWIND $rows AS row CREATE (x:Account:Card) SET x = row;

// CREATE_ACCOUNTS[gift_card]
UNWIND $rows AS row CREATE (x:Account:GiftCard) SET x = row;

// CREATE_ACCOUNTS[crypto_address]
UNWIND $rows AS row CREATE (x:Account:CryptoAddress) SET x = row;

// CREATE_ACCOUNTS[cash_point]
UNWIND $rows AS row CREATE (x:Account:CashPoint) SET x = row;

// CREATE_ACCOUNTS[merchant]
UNWIND $rows AS row CREATE (x:Account:Merchant) SET x = row;

// CREATE_ACCOUNTS[platform_account]
UNWIND $rows AS row CREATE (x:Account:PlatformAccount) SET x = row;

// CREATE_ACCOUNTS[unknown]
UNWIND $rows AS row CREATE (x:Account:Unknown) SET x = row;

// UPDATE_FIGURES
UNWIND $rows AS row
MATCH (x:Account {key: row[0]})
REMOVE x:Hub
SET x.transfers_in = row[1], x.transfers_out = row[2], x.degree = row[3], x.first_us = row[4], x.last_us = row[5], x.newest_sent = row[6], x.newest_received = row[7], x.payees = row[8], x.repeats = row[9];

// SET_HUBS
UNWIND $keys AS key MATCH (x:Account {key: key}) SET x:Hub;

// DELETE_ACCOUNTS
UNWIND $keys AS key MATCH (x:Account {key: key}) DETACH DELETE x;

// LEAVE_INSTITUTIONS
UNWIND $rows AS row
MATCH (a:Account {key: row.key})-[r:AT]->(i:Institution) WHERE row.institution_id IS NULL OR i.id <> row.institution_id
DELETE r;

// JOIN_INSTITUTIONS
UNWIND $rows AS row
MATCH (a:Account {key: row.key}) MATCH (i:Institution {id: row.institution_id}) WHERE NOT EXISTS { (a)-[:AT]->(i) }
CREATE (a)-[:AT]->(i);

// CREATE_TRANSFERS
UNWIND $ends AS key
MATCH (x:Account {key: key})
WITH collect(x) AS ends, collect(x.key) AS found WHERE found = $ends
CALL (ends) {
  UNWIND $transfers AS row
  WITH row, ends[row[10]] AS a, ends[row[11]] AS b
  CREATE (a)-[:FROM]->(t:Transfer {id: row[0], batch: row[1], src_key: row[2], dst_key: row[3], ts_us: row[4], time_known: row[5], amount_minor: row[6], currency: row[7], channel: row[8], status: row[9]})-[:TO]->(b)
}
CALL (ends) {
  UNWIND $pairs AS row
  WITH row, ends[row[8]] AS a, ends[row[9]] AS b
  CREATE (a)-[p:PAID {id: row[0], currency: row[1], n: row[2], sum_minor: row[3], max_minor: row[4], null_amounts: row[5], first_us: row[6], last_us: row[7]}]->(b)
}
RETURN size(ends) AS n;

// HELD_ACCOUNTS
UNWIND $keys AS key MATCH (x:Account {key: key}) RETURN key;

// DELETE_TRANSFERS
UNWIND $ids AS id MATCH (t:Transfer {id: id}) DETACH DELETE t;

// UPDATE_PAID
UNWIND $rows AS row
MATCH ()-[p:PAID {id: row[0]}]->()
SET p.n = row[2], p.sum_minor = row[3], p.max_minor = row[4], p.null_amounts = row[5], p.first_us = row[6], p.last_us = row[7]
RETURN row[0] AS id;

// DELETE_PAID
UNWIND $ids AS id MATCH ()-[p:PAID {id: id}]->() DELETE p;

// WRITE_PARTIES
UNWIND $rows AS row MERGE (x:Party {key: row.key}) SET x += row;

// DELETE_PARTIES
UNWIND $keys AS key MATCH (x:Party {key: key}) DETACH DELETE x;

// WRITE_INSTITUTIONS
UNWIND $rows AS row MERGE (x:Institution {id: row.id}) SET x += row;

// DELETE_INSTITUTIONS
UNWIND $ids AS id MATCH (x:Institution {id: id}) DETACH DELETE x;

// WRITE_HOLDINGS
UNWIND $rows AS row
MATCH (p:Party {key: row.party_key}) MATCH (a:Account {key: row.account_key})
MERGE (p)-[h:HOLDS {id: row.id}]->(a)
SET h.role = row.role, h.since_us = row.since_us, h.until_us = row.until_us;

// DELETE_HOLDINGS
UNWIND $ids AS id MATCH ()-[h:HOLDS {id: id}]->() DELETE h;

// WRITE_IDENTIFIERS
UNWIND $rows AS row MERGE (x:Identifier {id: row.id}) SET x += row;

// DELETE_IDENTIFIERS
UNWIND $ids AS id MATCH (x:Identifier {id: id}) DETACH DELETE x;

// UNLINK_IDENTIFIERS
UNWIND $ids AS id MATCH (:Identifier {id: id})<-[u:USED]-() DELETE u;

// USE_BY_PARTIES
UNWIND $rows AS row
MATCH (s:Party {key: row.party_key}) MATCH (x:Identifier {id: row.id})
MERGE (s)-[u:USED {id: row.id + ':party'}]->(x) SET u += row.link;

// USE_BY_ACCOUNTS
UNWIND $rows AS row
MATCH (s:Account {key: row.account_key}) MATCH (x:Identifier {id: row.id})
MERGE (s)-[u:USED {id: row.id + ':account'}]->(x) SET u += row.link;

// WRITE_TAGS
UNWIND $rows AS row MERGE (x:Tag {id: row.id}) SET x += row;

// DELETE_TAGS
UNWIND $ids AS id MATCH (x:Tag {id: id}) DETACH DELETE x;

// WITHDRAW_TAGS
MATCH (x:Tag) WHERE x.subject_key IN $keys DETACH DELETE x;

// TAG_IDS
MATCH (x:Tag) RETURN x.id AS id;

// COUNT_TAGS
MATCH (x:Tag) RETURN count(x) AS n;

// UNLINK_TAGS
UNWIND $ids AS id MATCH (:Tag {id: id})-[o:ON]->() DELETE o;

// TAG_ACCOUNTS
UNWIND $rows AS row MATCH (x:Tag {id: row.id}) MATCH (a:Account {key: row.subject_key}) MERGE (x)-[:ON]->(a);

// TAG_PARTIES
UNWIND $rows AS row MATCH (x:Tag {id: row.id}) MATCH (p:Party {key: row.subject_key}) MERGE (x)-[:ON]->(p);

// WITHDRAW_MARKS
UNWIND $keys AS key MATCH (x:Account:Marked {key: key}) REMOVE x:Marked SET x += $blank RETURN count(x) AS n;

// CLEAR_MARKS
MATCH (x:Marked) WITH x LIMIT $most REMOVE x:Marked SET x += $blank RETURN count(x) AS n;

// WRITE_MARKS
UNWIND $rows AS row MATCH (x:Account {key: row.key}) SET x:Marked SET x += row.marks RETURN count(x) AS n;
