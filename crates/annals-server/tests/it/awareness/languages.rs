//! Whatever language an entry is in, it is found by other forms of its words and by a question in that language. Nobody names a language, but for the two below that no short text tells.

use serde_json::json;

use super::{done, note};
use crate::server::Server;

/// Of each language: what is kept, a word of it in another form or out of the middle of it, a question, and a word that it does not have.
const TABLE: [(&str, &str, &str, &str, &str); 17] = [
    ("en", "The nightly backups are failing since Tuesday", "backup", "why did the backup fail", "printer"),
    ("de", "Die nächtlichen Sicherungen schlagen fehl", "Sicherung", "wo liegen die Sicherungen", "Drucker"),
    ("fr", "Les sauvegardes nocturnes échouent encore", "sauvegarde", "où sont les sauvegardes", "imprimante"),
    ("es", "Las copias de seguridad fallan otra vez", "copia", "dónde están las copias", "impresora"),
    ("it", "I salvataggi notturni falliscono ancora", "salvataggio", "dove sono i salvataggi", "stampante"),
    ("pt", "Os ficheiros desapareceram outra vez", "ficheiro", "onde estão os ficheiros", "impressora"),
    ("nl", "De nachtelijke bestanden zijn weer kwijt", "bestand", "waar is het bestand", "afdrukker"),
    ("sv", "Säkerhetskopiorna misslyckas igen", "säkerhetskopior", "var är säkerhetskopiorna", "skrivare"),
    ("ru", "Ночные резервные копии не работают", "копия", "где лежат резервные копии", "принтер"),
    ("fi", "Varmuuskopiot epäonnistuvat taas", "varmuuskopio", "missä varmuuskopiot ovat", "tulostin"),
    ("hu", "Az éjszakai mentések megint sikertelenek", "mentés", "hol vannak a mentések", "nyomtató"),
    ("tr", "Gece yedekleri yine başarısız oldu", "yedek", "yedekler nerede", "yazıcı"),
    ("zh", "数据库的夜间备份又失败了", "备份", "数据库在哪里", "天气"),
    ("ja", "データセンターの空調がまた止まりました", "空調", "空調はどうなりましたか", "楽器"),
    ("ko", "데이터베이스의 야간 백업이 다시 실패합니다", "백업", "데이터베이스 백업은 어디에", "날씨"),
    ("he", "גיבויי הלילה של מסד הנתונים נכשלים", "הנתונים", "איפה מסד הנתונים", "גשם"),
    ("th", "การสำรองฐานข้อมูลตอนกลางคืนล้มเหลว", "ฐานข้อมูล", "สำรองฐานข้อมูลที่ไหน", "ฝน"),
];

#[test]
fn entries_of_many_languages_are_found_by_their_words() {
    let server = Server::start();
    // Each with a source of its own, so that none is found for its neighbours' sake.
    let kept: Vec<_> = (TABLE.iter())
        .map(|(language, text, ..)| {
            let mut arguments = note(*text);
            arguments["source"] = json!(format!("shelf {language}"));
            if ["fi", "hu"].contains(language) {
                arguments["language"] = json!(language);
            }
            done(&server, "remember", &arguments)["id"].clone()
        })
        .collect();
    for ((language, text, form, question, other), id) in TABLE.iter().zip(&kept) {
        // There are no stems for Hebrew: its words are found as they stand.
        assert!(*language == "he" || text.split(' ').all(|word| word != *form), "`{form}` is no other form");
        for query in [form, question] {
            let answer = done(&server, "search", &json!({"query": query}));
            assert_eq!(answer["entries"][0]["id"], *id, "{language}: `{query}`: {answer}");
        }
        let answer = done(&server, "search", &json!({"query": other}));
        assert_eq!(answer["entries"], json!([]), "{language}: `{other}`");
    }
}
