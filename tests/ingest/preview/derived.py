"""Files that nobody has seen, made from the shipped examples: translated, re-ordered, header lower down, totals, other styles."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files

TRUTH = {
    "bank_transfers.csv": {
        "booked": "ts", "payer_iban": "src", "payee_iban": "dst", "amount": "amount", "currency": "currency", "state": "status", "reference": "reference",
        "purpose": "purpose",
    },
    "remittance.csv": {
        "transfer_no": "reference", "sent_at": "ts", "sender_zone": "src_zone", "sender_no": "src_party", "sender_name": "src_name",
        "receiver_no": "dst_party", "receiver_name": "dst_name", "receiver_born": "dst_birth_date", "send_outlet": "src_outlet",
        "payout_outlet": "dst_outlet", "from_country": "src_country", "to_country": "dst_country", "amount": "amount", "currency": "currency",
        "purpose": "purpose",
    },
    "e_wallet_transfers.csv": {
        "trace_no": "reference", "time": "ts", "type": "type", "from_wallet": "src", "to_wallet": "dst", "amount": "amount", "note": "purpose",
    },
    "e_wallet_customers.csv": {
        "customer_id": "party", "full_name": "name", "birth_date": "birth_date", "kyc_tier": "kyc_level", "phone": "phone", "registered": "opened",
        "device": "device",
    },
}  # fmt: skip

_NAMES = "booked,payer_iban,payee_iban,amount,currency,state,reference,purpose,transfer_no,sent_at,sender_zone,sender_no,sender_name,receiver_no,"
_NAMES += "receiver_name,receiver_born,send_outlet,payout_outlet,from_country,to_country,trace_no,time,type,from_wallet,to_wallet,note,customer_id,"
_NAMES += "full_name,birth_date,kyc_tier,phone,registered,device"

#: Headings as an export of that country might have them, in the order of `_NAMES`.
_HEADINGS = {
    "en": (
        "Booking Date|Ordering Account|Beneficiary Account|Transaction Amount|Ccy|Payment Status|Ref No.|Payment details|MTCN|Transaction Date|"
        "Sender Time Zone|Sender Customer No|Sender Full Name|Recipient ID|Recipient Name|Recipient Date of Birth|Sending Agent|Payout Agent|"
        "Origin Country|Destination Country|Reference|Date/Time|Transaction Type|Source Wallet|Destination Wallet|Remarks|Client ID|Customer Name|DOB|"
        "Verification tier|Mobile|Registration date|Device ID"
    ),
    "id": (
        "Tgl Transaksi|Rekening Pengirim|Rekening Penerima|Jumlah|Mata Uang|Status|No. Referensi|Keterangan|Nomor Transfer|Waktu Kirim|"
        "Zona Waktu Pengirim|No Nasabah Pengirim|Nama Pengirim|No Nasabah Penerima|Nama Penerima|Tanggal Lahir Penerima|Cabang Pengirim|"
        "Cabang Pencairan|Negara Asal|Negara Tujuan|Nomor Transaksi|Tanggal|Jenis Transaksi|Dari Dompet|Ke Dompet|Catatan|ID Pelanggan|Nama Lengkap|"
        "Tgl Lahir|Tingkat Verifikasi|Nomor HP / Ponsel|Tanggal Daftar|ID Perangkat"
    ),
    "fil": (
        "Petsa ng Transaksyon|Account ng Nagpadala|Account ng Tatanggap|Halaga|Salapi|Katayuan|Numero ng Sanggunian|Layunin|Numero ng Padala|"
        "Oras ng Transaksyon|Sona ng Oras ng Nagpadala|ID ng Kliyente (Nagpadala)|Pangalan ng Nagpadala|ID ng Kliyente (Tatanggap)|"
        "Pangalan ng Tatanggap|Petsa ng Kapanganakan ng Tatanggap|Sangay ng Nagpadala|Sangay ng Tatanggap|Bansa ng Nagpadala|Bansa ng Tatanggap|"
        "Numero ng Transaksyon|Petsa at Oras|Uri ng Transaksyon|Mula sa Pitaka|Papunta sa Pitaka|Mensahe|Numero ng Kliyente|Buong Pangalan|"
        "Araw ng Kapanganakan|Antas ng KYC|Numero ng Telepono|Petsa ng Rehistro|ID ng Device"
    ),
    "es": (
        "Fecha Operación|Cuenta Ordenante|Cuenta Beneficiario|Importe|Divisa|Estado|Referencia|Concepto|Número de Transferencia|Fecha de Envío|"
        "Huso horario del remitente|Nro. cliente remitente|Nombre del remitente|Nro. cliente beneficiario|Nombre del beneficiario|"
        "Fecha de nacimiento del beneficiario|Agencia de origen|Agencia de destino|País de origen|País de destino|Folio|Fecha y hora|"
        "Tipo de operación|Monedero de origen|Monedero de destino|Mensaje|ID de cliente|Nombre completo|Fecha de nacimiento|Nivel de verificación|"
        "Teléfono móvil|Fecha de alta|Dispositivo"
    ),
    "th": (
        "วันที่ทำรายการ|เลขที่บัญชีผู้โอน|เลขที่บัญชีผู้รับ|จำนวนเงิน|สกุลเงิน|สถานะ|เลขที่อ้างอิง|หมายเหตุ|หมายเลขอ้างอิง|วันเวลา|เขตเวลาผู้ส่ง|รหัสลูกค้าผู้ส่ง|ชื่อผู้ส่ง|รหัสลูกค้าผู้รับ|"
        "ชื่อผู้รับ|วันเกิดผู้รับ|สาขาต้นทาง|สาขาปลายทาง|ประเทศต้นทาง|ประเทศปลายทาง|เลขที่รายการ|วันที่และเวลา|ประเภทรายการ|กระเป๋าเงินต้นทาง|กระเป๋าเงินปลายทาง|บันทึก|"
        "รหัสลูกค้า|ชื่อและนามสกุล|วันเดือนปีเกิด|ระดับการยืนยันตัวตน|เบอร์โทรศัพท์|วันที่ลงทะเบียน|รหัสอุปกรณ์"
    ),
    "vi": (
        "Ngày giao dịch|Tài khoản người chuyển|Tài khoản thụ hưởng|Số tiền|Loại tiền|Trạng thái|Số tham chiếu|Nội dung|Mã chuyển tiền|Thời gian|"
        "Múi giờ người gửi|Mã khách hàng gửi|Họ tên người gửi|Mã khách hàng nhận|Họ tên người nhận|Ngày sinh người nhận|Chi nhánh gửi|"
        "Chi nhánh nhận|Nước gửi|Nước nhận|Mã giao dịch|Ngày giờ|Loại giao dịch|Ví nguồn|Ví đích|Ghi chú|Mã khách hàng|Họ và tên|Ngày sinh|"
        "Cấp xác minh|Số điện thoại|Ngày đăng ký|Mã thiết bị"
    ),
}  # fmt: skip
HEADINGS = {language: dict(zip(_NAMES.split(","), texts.split("|"), strict=True)) for language, texts in _HEADINGS.items()}
LANGUAGES = tuple(HEADINGS)
SHAPES = ("reordered", "lower", "restyled")

#: Formats the dates of each example have, and those they are given.
_READ = ("%d.%m.%Y %H:%M", "%d.%m.%Y", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d", "%d/%m/%Y %H:%M:%S")
_DATES = {"booked", "sent_at", "time", "birth_date", "receiver_born", "registered"}


@dataclass(frozen=True)
class Derived:
    """One file: its bytes, the concept of each heading, and the topics that must be asked."""

    name: str
    content: bytes
    truth: dict[str, str]
    asked: frozenset[str]
    month_first: bool


def read(example: str) -> tuple[list[str], list[list[str]]]:
    text = (files("bakau_ingest") / "mappings" / "examples" / example).read_text(encoding="utf-8")
    rows = list(csv.reader(io.StringIO(text), delimiter=";" if example.startswith("bank") else ","))
    return rows[0], rows[1:]


def restyle(name: str, value: str, *, month_first: bool) -> str:
    """A date another way round with slashes; an amount with the other decimal sign."""
    if name in _DATES and value:
        for form in _READ:
            try:
                moment = datetime.strptime(value, form)  # noqa: DTZ007 - rewritten, never computed with
            except ValueError:
                continue
            day = "%m/%d/%Y" if month_first else "%d/%m/%Y"
            return moment.strftime(day + (form.partition(" ")[1] + form.partition(" ")[2]))
    if name == "amount":
        return value.translate(str.maketrans(",.", ".,"))
    return value


def derive(example: str, language: str, shape: str) -> Derived:
    """One derived file."""
    header, rows = read(example)
    names = list(header)
    number = len(example) + LANGUAGES.index(language) + SHAPES.index(shape)
    month_first = language in {"en", "fil"}
    if shape == "restyled":
        rows = [[restyle(name, value, month_first=month_first) for name, value in zip(names, row, strict=True)] for row in rows]
    order = sorted(
        range(len(names)), key=lambda place: (place * 7 + number) % len(names) if len(names) % 7 else (place * 5 + number) % len(names)
    )
    out = [[HEADINGS[language][names[place]] for place in order], *[[row[place] for place in order] for row in rows]]
    if shape == "lower":
        total = ["Total"] + [""] * (len(names) - 1)
        out = [["Example Bank"], [], ["Statement 2025"], [], *out, total]
    sink = io.StringIO()
    csv.writer(sink, delimiter={"reordered": ",", "lower": ";", "restyled": "\t"}[shape], lineterminator="\n").writerows(out)
    truth = {HEADINGS[language][name]: concept for name, concept in TRUTH[example].items()}
    return Derived(f"{example}-{language}-{shape}", sink.getvalue().encode(), truth, _must_ask(example, names, rows), month_first)


def _must_ask(example: str, names: list[str], rows: list[list[str]]) -> frozenset[str]:
    """What a careful person could not know from these values."""
    asked = {"currency"} if example == "e_wallet_transfers.csv" else set()
    for place, name in enumerate(names):
        values = [row[place] for row in rows if row[place]]
        if name in _DATES and "/" in values[0] and all(int(value[:2]) <= 12 and int(value[3:5]) <= 12 for value in values):
            asked.add("day_month")
    return frozenset(asked)


DERIVED = [derive(example, language, shape) for example in TRUTH for language in LANGUAGES for shape in SHAPES]
