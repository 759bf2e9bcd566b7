#!/usr/bin/env bash
# The converters of the public data sets, on tables that show what they must get right.
set -euo pipefail
cd "$(dirname "$0")/../.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

same() { # WHAT: compares $work/is with stdin
    diff - "$work/is" >&2 || {
        echo "FAILED: $1" >&2
        exit 1
    }
}

printf ' customer_id  date number_of_cds  dollar_value\r\n 00001 19970101  1   11.77\r\n 00004 19970118  2    0.00\r\n' \
    > "$work/master"
tools/convert-cdnow "$work/master" > "$work/is"
same "CDNOW, master" << 'END'
userId,timestamp,revenue,properties.cds
00001,19970101,11.77,1
00004,19970118,0.00,2
END
printf ' 00004 0001 19970101  2   29.33\n' > "$work/sample"
tools/convert-cdnow "$work/sample" > "$work/is"
same "CDNOW, sample" << 'END'
userId,timestamp,revenue,properties.cds
00004,19970101,29.33,2
END

# Two orders of one customer with the same article at the same price: the latest that has enough left is taken back, whole
# cancellations of one order are one refund, what was never sold waits under its own number, and summer time begins.
gzip -c << 'END' > "$work/retail.gz"
InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
536365,85123A,"HEART, WHITE ""T-LIGHT""",6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom
536365,GIFT,GIFT,1,2010-12-01 08:26:00,0.0,17850.0,United Kingdom
536400,85123A,HEART,2,2010-12-02 08:26:00,2.55,17850.0,United Kingdom
536400,PADS,PADS,1,2010-12-02 08:26:00,0.001,17850.0,United Kingdom
C536500,85123A,HEART,-1,2010-12-03 09:00:00,2.55,17850.0,United Kingdom
C536500,85123A,HEART,-1,2010-12-03 09:00:00,2.55,17850.0,United Kingdom
C536501,85123A,HEART,-4,2010-12-04 09:00:00,2.55,17850.0,United Kingdom
C536501,D,Discount,-1,2010-12-04 09:00:00,27.5,17850.0,United Kingdom
536600,21730,,-10,2011-03-26 09:00:00,0.0,,United Kingdom
540000,21730,STAR,2,2011-03-27 10:00:00,4.25,12583.0,France
END
tools/convert-online-retail "$work/retail.gz" > "$work/is"
same "online retail" << 'END'
{"type":"track","event":"Order Completed","timestamp":"2010-12-01T08:26:00Z","userId":"17850","messageId":"536365","properties":{"order_id":"536365","revenue":"15.30","currency":"GBP","country":"United Kingdom","products":[{"sku":"85123A","quantity":6,"price":2.55},{"sku":"GIFT","quantity":1,"price":0.0}]}}
{"type":"track","event":"Order Completed","timestamp":"2010-12-02T08:26:00Z","userId":"17850","messageId":"536400","properties":{"order_id":"536400","revenue":"5.101","currency":"GBP","country":"United Kingdom","products":[{"sku":"85123A","quantity":2,"price":2.55},{"sku":"PADS","quantity":1,"price":0.001}]}}
{"type":"track","event":"Order Refunded","timestamp":"2010-12-03T09:00:00Z","userId":"17850","messageId":"C536500/536400","properties":{"order_id":"536400","refund_id":"C536500/536400","total":"5.10","currency":"GBP"}}
{"type":"track","event":"Order Refunded","timestamp":"2010-12-04T09:00:00Z","userId":"17850","messageId":"C536501/536365","properties":{"order_id":"536365","refund_id":"C536501/536365","total":"10.20","currency":"GBP"}}
{"type":"track","event":"Order Refunded","timestamp":"2010-12-04T09:00:00Z","userId":"17850","messageId":"C536501/C536501","properties":{"order_id":"C536501","refund_id":"C536501/C536501","total":"27.50","currency":"GBP"}}
{"type":"track","event":"Order Completed","timestamp":"2011-03-26T09:00:00Z","messageId":"536600","properties":{"order_id":"536600","revenue":"0.00","currency":"GBP","country":"United Kingdom","products":[]}}
{"type":"track","event":"Order Completed","timestamp":"2011-03-27T10:00:00+01:00","userId":"12583","messageId":"540000","properties":{"order_id":"540000","revenue":"8.50","currency":"GBP","country":"France","products":[{"sku":"21730","quantity":2,"price":4.25}]}}
END
